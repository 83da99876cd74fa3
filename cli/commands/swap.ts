import type { Command } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function swapCommand(program: Command, streams: Streams): void {
  program
    .command("swap")
    .description("make the idle slot live")
    .action((_, command: Command) =>
      withSession(command, streams, async (session) => {
        await finishWith(session, await session.door.act(await session.app(), "swap", {}));
      }),
    );
}
