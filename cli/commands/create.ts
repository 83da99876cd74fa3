import { type Command, Option } from "commander";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export function createCommand(program: Command, streams: Streams): void {
  program
    .command("create")
    .description("make an app with its two slots (needs an admin's token)")
    .argument("<name>")
    .requiredOption("--public <hosts...>", "host names that reach the live slot")
    .option("--staging <hosts...>", "host names that reach the idle slot", [])
    .addOption(
      new Option("--staging-access <who>", "who reaches the staging hosts")
        .choices(["open", "testers"])
        .default("testers"),
    )
    .action((name: string, options, command: Command) =>
      withSession(command, streams, async (session) => {
        const { public: publicDomains, staging: stagingDomains, stagingAccess } = options;
        await finishWith(
          session,
          await session.door.init({ name, publicDomains, stagingDomains, stagingAccess }),
        );
      }),
    );
}
