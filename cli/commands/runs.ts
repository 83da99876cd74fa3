import type { Command } from "commander";
import { wholeNumber } from "../numbers.ts";
import { painter } from "../paint.ts";
import { withSession } from "../session.ts";
import { print, printJson, type Streams } from "../streams.ts";

export function runsCommand(program: Command, streams: Streams): void {
  program
    .command("runs")
    .description("runs of an app, newest first")
    .option("--limit <count>", "at most", wholeNumber, 20)
    .option("--before <run>", "only older ones")
    .action(({ limit, before }, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        const paint = painter(streams.stdout, streams.env);
        for (const run of await door.listRuns(await app(), { limit, before })) {
          if (options.json) {
            printJson(streams, run);
            continue;
          }
          const colour = run.status === "succeeded" ? "green" : run.finishedAt === null ? "yellow" : "red";
          const why = run.error ?? run.abortReason;
          const what = `${run.kind.padEnd(11)} ${paint(colour, run.status.padEnd(9))} ${run.requestedBy.name}`;
          print(streams, `${run.requestedAt}  ${run.id}  ${what}${why ? `  ${why}` : ""}`);
        }
      }),
    );
}
