import type { Command } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function previewCommand(program: Command, streams: Streams): void {
  program
    .command("preview")
    .description("let testers write in a throw-away copy of the idle data; again: in a new one")
    .option("--end", "delete the copy: testers see the idle slot's own data again", false)
    .action(({ end }, command: Command) =>
      withSession(command, streams, async (session) => {
        await finishWith(session, await session.door.act(await session.app(), "preview", { end }));
      }),
    );
}
