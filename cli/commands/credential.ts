import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { type Command, Option } from "commander";
import { Refused } from "../door.ts";
import { withSession } from "../session.ts";
import { note, print, printJson, type Streams } from "../streams.ts";

export function credentialCommand(program: Command, streams: Streams): void {
  const credential = program.command("credential").description("what an app's private repositories want");

  credential
    .command("add")
    .description("from a file or standard input, so that no other user sees it; it is never shown again")
    .argument("<name>", "what `deploy --credential` will call it")
    .addOption(
      new Option("--kind <kind>", "token for https (alone, or user:token), ssh-key for ssh")
        .choices(["token", "ssh-key"])
        .default("token"),
    )
    .option("--file <path>", "default: standard input")
    .action((name: string, { kind, file }, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        if (file === undefined && streams.stdin.isTTY) note(streams, "The secret, then Ctrl-D:");
        const secret = file === undefined ? await text(streams.stdin) : await fileText(file);
        const added = await door.addCredential(await app(), { name, kind, secret });
        if (options.json) printJson(streams, added);
        else print(streams, `${added.name}: added`);
      }),
    );

  credential
    .command("list")
    .description("names and kinds")
    .action((_, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        for (const one of await door.listCredentials(await app())) {
          if (options.json) printJson(streams, one);
          else print(streams, `${one.name}  ${one.kind}  ${one.createdAt}  ${one.createdBy}`);
        }
      }),
    );

  credential
    .command("remove")
    .argument("<name>")
    .action((name: string, _, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        const removed = await door.removeCredential(await app(), name);
        if (options.json) printJson(streams, removed);
        else print(streams, `${removed.name}: removed`);
      }),
    );
}

const fileText = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Refused("invalid", `${file} can't be read (${error.code}).`);
  });
