import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { parseEnv } from "node:util";
import { type Command, Option } from "commander";
import { Refused } from "../door.ts";
import { withSession } from "../session.ts";
import { note, print, printJson, type Streams } from "../streams.ts";

type Scope = "both" | "live" | "preview";
interface How {
  secret?: boolean;
  plain?: boolean;
  scope: Scope;
}

const LATER = "Live takes it up with `signalbox update` or `signalbox restart`.";

/** What the app's processes get beside what Signalbox gives them. */
export function envCommand(program: Command, streams: Streams): void {
  const env = program.command("env").description("the app's environment variables and secrets");
  const scope = () =>
    new Option("--scope <scope>", "for which slots").choices(["both", "live", "preview"]).default("both");
  const secrecy = (command: Command) =>
    command
      .option("--secret", "never shown again (the default for a new one)")
      .option("--plain", "may be shown again");

  secrecy(env.command("set"))
    .description("set some; NAME alone takes its value from standard input")
    .argument("<name=value...>")
    .addOption(scope())
    .action((words: string[], how: How, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        const variables = [];
        for (const word of words)
          variables.push({ ...(await pair(word, words.length, streams)), ...put(how) });
        const answer = await door.setVariables(await app(), variables);
        if (options.json) return printJson(streams, answer);
        print(streams, `set: ${answer.names.join(", ")}`);
        note(streams, LATER);
      }),
    );

  secrecy(env.command("import"))
    .description("set all that a .env file names")
    .argument("<file>")
    .addOption(scope())
    .action((file: string, how: How, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        const read = await readFile(file, "utf8").catch((error) => {
          throw new Refused("invalid", `${file} can't be read: ${error.message}`);
        });
        const found = Object.entries(parseEnv(read));
        if (found.length === 0) throw new Refused("invalid", `${file} names no variables.`);
        const variables = found.map(([name, value]) => ({ name, value: value ?? "", ...put(how) }));
        const answer = await door.setVariables(await app(), variables);
        if (options.json) return printJson(streams, answer);
        print(streams, `set: ${answer.names.join(", ")}`);
        note(streams, LATER);
      }),
    );

  env
    .command("unset")
    .description("take one away")
    .argument("<name>")
    .addOption(scope())
    .action((name: string, how: How, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        const answer = await door.unsetVariable(await app(), name, how.scope);
        if (options.json) return printJson(streams, answer);
        print(streams, `unset: ${name}`);
        note(streams, LATER);
      }),
    );

  env
    .command("list")
    .description("all of them; secrets without their values")
    .action((_, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        const { variables, outdated } = await door.listVariables(await app());
        for (const one of variables) {
          if (options.json) printJson(streams, one);
          else
            print(
              streams,
              `${one.scope.padEnd(7)}  ${one.name}${one.secret ? "  (secret)" : `=${one.value}`}`,
            );
        }
        if (outdated.length > 0)
          note(streams, `${outdated.join(" and ")} still runs with other values. ${LATER}`);
      }),
    );
}

const put = ({ secret, plain, scope }: How) => ({
  scope,
  ...(secret ? { secret: true } : plain ? { secret: false } : {}),
});

async function pair(word: string, count: number, { stdin }: Streams) {
  const at = word.indexOf("=");
  if (at > 0) return { name: word.slice(0, at), value: word.slice(at + 1) };
  if (at === 0 || count > 1) throw new Refused("invalid", `${word} is not NAME=value.`);
  // Not on the command line, where other users of the machine see it.
  return { name: word, value: (await text(stdin)).replace(/\r?\n$/, "") };
}
