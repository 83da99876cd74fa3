import { Argument, type Command } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function resumeCommand(program: Command, streams: Streams): void {
  program
    .command("resume")
    .description("bring a paused slot back")
    .addArgument(new Argument("<slot>").choices(["blue", "green"]))
    .action((slot: string, _, command: Command) =>
      withSession(command, streams, async (session) => {
        await finishWith(session, await session.door.act(await session.app(), "resume", { slot }));
      }),
    );
}
