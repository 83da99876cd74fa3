import { type Command, InvalidArgumentError } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function scaleCommand(program: Command, streams: Streams): void {
  program
    .command("scale")
    .description("another number of web processes per slot, while visitors are served")
    .argument("<web=count>", "for example web=3", count)
    .action((webInstances: number, _, command: Command) =>
      withSession(command, streams, async (session) => {
        await finishWith(session, await session.door.act(await session.app(), "update", { webInstances }));
      }),
    );
}

function count(text: string): number {
  const [, digits] = /^web=(\d{1,3})$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError("It must be web=<count>.");
  return Number(digits);
}
