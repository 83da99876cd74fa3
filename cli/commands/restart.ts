import { type Command, Option } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function restartCommand(program: Command, streams: Streams): void {
  program
    .command("restart")
    .description("restart a slot's processes")
    .addOption(new Option("--slot <slot>", "default: the live slot").choices(["blue", "green"]))
    .option("--process <names...>", "default: all that should run")
    .option("--hold", "visitors wait meanwhile: for an app that can't run twice at once")
    .action(({ slot, process: processes, hold }, command: Command) =>
      withSession(command, streams, async (session) => {
        await finishWith(
          session,
          await session.door.act(await session.app(), "restart", { slot, processes, hold }),
        );
      }),
    );
}
