import type { Command } from "commander";
import { wholeNumber } from "../numbers.ts";
import { painter } from "../paint.ts";
import { withSession } from "../session.ts";
import { print, printJson, type Streams } from "../streams.ts";

export function jobsCommand(program: Command, streams: Streams): void {
  program
    .command("jobs")
    .description("one-off commands and cron entries' times, newest first")
    .option("--limit <count>", "at most", wholeNumber, 20)
    .option("--cancel <job>", "end this one")
    .action(({ limit, cancel }, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        const paint = painter(streams.stdout, streams.env);
        if (cancel !== undefined) {
          const job = await door.cancelJob(cancel);
          return options.json ? printJson(streams, job) : print(streams, `${job.id}: asked to end`);
        }
        const { jobs, cron } = await door.listJobs(await app(), { limit });
        if (options.json) {
          for (const job of jobs) printJson(streams, job);
          return;
        }
        for (const { name, schedule, timezone, nextAt } of cron)
          print(streams, `cron ${name}  ${schedule} (${timezone})  next ${nextAt ?? "never"}`);
        for (const job of jobs) {
          const colour = job.status === "succeeded" ? "green" : job.finishedAt === null ? "yellow" : "red";
          const code = job.exitCode ? `  exit code ${job.exitCode}` : "";
          const what = `${job.name.padEnd(12)} ${paint(colour, job.status.padEnd(9))} ${job.command}${code}`;
          print(streams, `${job.dueAt ?? job.requestedAt}  ${job.id}  ${what}`);
        }
      }),
    );
}
