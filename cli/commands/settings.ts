import { type Command, InvalidArgumentError } from "commander";
import { withSession } from "../session.ts";
import { print, printJson, type Streams } from "../streams.ts";

export function settingsCommand(program: Command, streams: Streams): void {
  program
    .command("settings")
    .description("what is tuned for the app; with key=value, change it (key=default brings the default back)")
    .argument(
      "[key=value...]",
      "milliseconds and bytes, for example windowMs=60000 limits.bodyBytes=1000000 autoRollback=lossless",
    )
    .action((words: string[], _, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        const name = await app();
        const answer =
          words.length === 0
            ? await door.getSettings(name)
            : await door.changeSettings(name, words.reduce(changed, {}));
        if (options.json) return printJson(streams, answer);
        const { settings, defaults } = answer as unknown as Record<"settings" | "defaults", Values>;
        for (const [key, value] of flat(settings)) {
          const usual = new Map(flat(defaults)).get(key);
          print(
            streams,
            `${key}=${value ?? "null"}${value === usual ? "" : `  (default ${usual ?? "null"})`}`,
          );
        }
      }),
    );
}

type Values = Record<string, unknown>;

const flat = (values: Values): [string, unknown][] =>
  Object.entries(values).flatMap(([key, value]) =>
    typeof value === "object" && value !== null
      ? Object.entries(value).map(([inner, one]): [string, unknown] => [`${key}.${inner}`, one])
      : [[key, value]],
  );

function changed(change: Values, word: string): Values {
  const [, group, key, text] = /^(?:(\w+)\.)?(\w+)=(.*)$/.exec(word) ?? [];
  if (key === undefined || text === undefined) throw new InvalidArgumentError(`${word} is not key=value.`);
  const value = text === "default" || text === "null" ? null : /^-?\d+$/.test(text) ? Number(text) : text;
  if (group === undefined) return { ...change, [key]: value };
  return { ...change, [group]: { ...(change[group] as Values | undefined), [key]: value } };
}
