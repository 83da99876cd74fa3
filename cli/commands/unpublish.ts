import type { Command } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function unpublishCommand(program: Command, streams: Streams): void {
  program
    .command("unpublish")
    .description("take a domain away: it leads nowhere from then on")
    .argument("<domain>")
    .action((domain: string, _, command: Command) =>
      withSession(command, streams, async (session) => {
        await finishWith(session, await session.door.act(await session.app(), "unpublish", { domain }));
      }),
    );
}
