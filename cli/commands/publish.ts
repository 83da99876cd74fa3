import { type Command, Option } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function publishCommand(program: Command, streams: Streams): void {
  program
    .command("publish")
    .description("route a domain to a slot; a public one takes all public domains with it")
    .argument("<domain>")
    .addOption(new Option("--slot <slot>").choices(["blue", "green"]).makeOptionMandatory())
    .addOption(
      new Option("--audience <audience>", "default: what the domain is already").choices([
        "public",
        "staging",
      ]),
    )
    .action((domain: string, { slot, audience }, command: Command) =>
      withSession(command, streams, async (session) => {
        const input = { domain, slot, audience };
        await finishWith(session, await session.door.act(await session.app(), "publish", input));
      }),
    );
}
