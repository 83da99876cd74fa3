import { type Command, Option } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function syncCommand(program: Command, streams: Streams): void {
  program
    .command("sync")
    .description("copy the live data to the idle slot, and let it follow from then on")
    .addOption(
      new Option(
        "--mode <mode>",
        "stream: keep it up to date; snapshot: one copy, which testers may write to",
      )
        .choices(["stream", "snapshot"])
        .default("stream"),
    )
    .option(
      "--force",
      "stop the idle slot's processes for the copy, so that nothing of theirs stands in its way",
      false,
    )
    .action(({ mode, force }, command: Command) =>
      withSession(command, streams, async (session) => {
        await finishWith(session, await session.door.act(await session.app(), "sync", { mode, force }));
      }),
    );
}
