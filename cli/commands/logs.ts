import { Argument, type Command } from "commander";
import type { SlotName } from "#lib/engine/model.ts";
import { wholeNumber } from "../numbers.ts";
import { painter } from "../paint.ts";
import { withSession } from "../session.ts";
import { print, printJson, type Streams } from "../streams.ts";

export function logsCommand(program: Command, streams: Streams): void {
  program
    .command("logs")
    .description("log lines of a slot's processes as they come")
    .addArgument(new Argument("<slot>").choices(["blue", "green"]))
    .option("--process <name>", "only this one")
    .option("--tail <lines>", "from before", wholeNumber, 200)
    .option("--no-follow", "stop after those")
    .action((slot: SlotName, { process: name, tail, follow }, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        const paint = painter(streams.stdout, streams.env);
        const never = new AbortController();
        const query = { process: name, tail, follow };
        for await (const line of door.logs(await app(), slot, query, never.signal)) {
          if (options.json) printJson(streams, line);
          else print(streams, `${paint("dim", `${line.at} ${line.process}`)} ${line.line}`);
        }
      }),
    );
}
