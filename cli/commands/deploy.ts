import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function deployCommand(program: Command, streams: Streams): void {
  program
    .command("deploy")
    .description("put a release into the idle slot, from a folder on Signalbox's machine")
    .argument("<folder>", "holds signalbox.yaml")
    .addOption(new Option("--slot <slot>", "default: the idle slot").choices(["blue", "green"]))
    .action((folder: string, { slot }, command: Command) =>
      withSession(command, streams, async (session) => {
        const input = { slot, source: { kind: "folder", path: resolve(folder) } };
        await finishWith(session, await session.door.act(await session.app(), "deploy", input));
      }),
    );
}
