import type { Command } from "commander";
import { Refused } from "../door.ts";
import { finishWith } from "../follow.ts";
import { askYesNo } from "../question.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";
import { type DeployOptions, oneSource, sourceOf, withSources } from "./deploy.ts";

export function updateCommand(program: Command, streams: Streams): void {
  const update = program
    .command("update")
    .description("change the live slot in place: without a release, changed variables take effect");
  withSources(update)
    .option("--yes", "don't ask before a release changes live data")
    .action((folder: string | undefined, options: DeployOptions & { yes?: true }, command: Command) =>
      withSession(command, streams, async (session) => {
        const app = await session.app();
        if (![folder, options.from, options.git, options.release].some((each) => each !== undefined))
          return finishWith(session, await session.door.act(app, "update", {}));
        oneSource(folder, options);
        if (!options.yes) await confirm(streams);
        const source = await sourceOf(session, app, folder, options);
        await finishWith(session, await session.door.act(app, "update", { source }));
      }),
    );
}

async function confirm(streams: Streams): Promise<void> {
  const question =
    "The release command runs on the live data. No copy is made, and what it changes stays. Go on?";
  if (await askYesNo(streams, question)) return;
  throw new Refused("refused", "Nothing was done.", { remedy: "Say yes, or give --yes." });
}
