import type { Command } from "commander";
import { wholeNumber } from "../numbers.ts";
import { type GlobalOptions, openLocal } from "../session.ts";
import { print, printJson, type Streams } from "../streams.ts";

export function linkCommand(program: Command, streams: Streams): void {
  program
    .command("link")
    .description("a one-time sign-in link for an admin; works on the machine itself, web process or not")
    .option("--minutes <count>", "until it expires", wholeNumber, 60)
    .option("--admin <email>", "makes this person an admin who may sign in, or adds one")
    .action(async ({ minutes, admin }: { minutes: number; admin?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const door = await openLocal(options, streams);
      try {
        const url = await door.mintLink(minutes * 60_000, admin);
        if (options.json) printJson(streams, { url });
        else print(streams, url);
      } finally {
        await door.close();
      }
    });
}
