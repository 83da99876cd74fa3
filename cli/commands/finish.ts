import type { Command } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function finishCommand(program: Command, streams: Streams): void {
  program
    .command("finish")
    .description("give up the way back: the old slot becomes the next idle slot")
    .action((_, command: Command) =>
      withSession(command, streams, async (session) => {
        await finishWith(session, await session.door.act(await session.app(), "finish", {}));
      }),
    );
}
