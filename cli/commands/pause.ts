import { Argument, type Command } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function pauseCommand(program: Command, streams: Streams): void {
  program
    .command("pause")
    .description("take a slot out: no traffic, no workers, no writes")
    .addArgument(new Argument("<slot>").choices(["blue", "green"]))
    .action((slot: string, _, command: Command) =>
      withSession(command, streams, async (session) => {
        await finishWith(session, await session.door.act(await session.app(), "pause", { slot }));
      }),
    );
}
