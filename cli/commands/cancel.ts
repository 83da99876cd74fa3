import type { Command } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function cancelCommand(program: Command, streams: Streams): void {
  program
    .command("cancel")
    .description("ask a run to go back; possible until its commit")
    .argument("<run>")
    .action((run: string, _, command: Command) =>
      withSession(command, streams, async (session) => {
        await finishWith(session, await session.door.cancelRun(run));
      }),
    );
}
