import { resolve } from "node:path";
import type { Command } from "commander";
import { askYesNo } from "../question.ts";
import { type GlobalOptions, openLocal } from "../session.ts";
import { note, print, printJson, type Streams } from "../streams.ts";

export function restoreCommand(program: Command, streams: Streams): void {
  program
    .command("restore")
    .description("a backup in the store's place; on the machine itself, while everything runs")
    .argument("<file>")
    .option("--force", "also when visitors are served something else than the backup knows", false)
    .option("--yes", "without asking", false)
    .action(async (file: string, { force, yes }: { force: boolean; yes: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const door = await openLocal(options, streams);
      try {
        const question = `Everything in the store (apps, runs, people, tokens, audit) is replaced by ${file}. Go on?`;
        if (!yes && !(await askYesNo(streams, question))) return void note(streams, "Nothing was changed.");
        const report = await door.restore({ file: resolve(file), force });
        if (options.json) return printJson(streams, report);
        print(streams, `Restored ${report.rows} rows in ${report.tables} tables, as of ${report.createdAt}.`);
        for (const { app, what } of report.disagreements) note(streams, `${app}: ${what}.`);
        if (report.endedRuns > 0)
          note(streams, `Runs that were under way then and count as aborted: ${report.endedRuns}.`);
        note(
          streams,
          "Everybody has to sign in again. Tokens that were revoked since then work again: look through them.",
        );
      } finally {
        await door.close();
      }
    });
}
