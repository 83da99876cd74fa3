import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { withSession } from "../session.ts";
import { note, print, printJson, type Streams } from "../streams.ts";

export function backupCommand(program: Command, streams: Streams): void {
  program
    .command("backup")
    .description("the store into a file, while everything goes on (needs an admin's token, or --local)")
    .option("--to <file>", "default: signalbox-store-<date>.backup here")
    .action(({ to }: { to?: string }, command: Command) =>
      withSession(command, streams, async ({ door, options }) => {
        const { fileName, content } = await door.backup();
        const file = to ?? fileName;
        const half = `${file}.unfinished`;
        try {
          // It holds password hashes and sealed secrets.
          await pipeline(content, createWriteStream(half, { mode: 0o600, flags: "wx" }));
          await rename(half, file);
        } catch (error) {
          await rm(half, { force: true });
          throw error;
        }
        const { size } = await stat(file);
        if (options.json) return printJson(streams, { file, bytes: size });
        print(streams, `${file} (${Math.ceil(size / 1000)} kB)`);
        note(
          streams,
          "Slots' data and the home's keys are not in it; keep secret.key and seal-keys.json as well.",
        );
      }),
    );
}
