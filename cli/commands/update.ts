import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { Refused } from "../door.ts";
import { finishWith } from "../follow.ts";
import { askYesNo } from "../question.ts";
import { withSession } from "../session.ts";
import { print, type Streams } from "../streams.ts";

export function updateCommand(program: Command, streams: Streams): void {
  program
    .command("update")
    .description("change the live slot in place: without a source, changed variables take effect")
    .argument("[source]", "a release, as for deploy; its release command runs on the live data")
    .addOption(new Option("--yes", "don't ask before a release changes live data"))
    .action((source: string | undefined, { yes }, command: Command) =>
      withSession(command, streams, async (session) => {
        const input = source === undefined ? {} : { source: { kind: "folder", path: resolve(source) } };
        if (source !== undefined && !yes) await confirm(streams);
        await finishWith(session, await session.door.act(await session.app(), "update", input));
      }),
    );
}

async function confirm(streams: Streams): Promise<void> {
  const question =
    "The release command runs on the live data. No copy is made, and what it changes stays. Go on?";
  if (await askYesNo(streams, question)) return;
  print(streams, "Nothing was done.");
  throw new Refused("refused", "Not confirmed.", { remedy: "Say yes, or give --yes." });
}
