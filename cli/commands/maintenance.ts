import { Argument, type Command } from "commander";
import { finishWith } from "../follow.ts";
import { wholeNumber } from "../numbers.ts";
import { withSession } from "../session.ts";
import { print, printJson, type Streams } from "../streams.ts";

export function maintenanceCommand(program: Command, streams: Streams): void {
  program
    .command("maintenance")
    .description("close or open the gate by hand: the same as touch and rm of the lock file")
    .addArgument(new Argument("<state>").choices(["on", "off"]))
    .option("--message <text>", "shown to visitors")
    .option("--retry-after <seconds>", "for the Retry-After header", wholeNumber)
    .option("--all", "every app", false)
    .action((state: string, { message, retryAfter, all }, command: Command) =>
      withSession(command, streams, async (session) => {
        const input = { on: state === "on", message, retryAfterSeconds: retryAfter };
        if (!all) {
          await finishWith(session, await session.door.act(await session.app(), "maintenance", input));
          return;
        }
        const result = await session.door.maintenanceForAll(input);
        if (session.options.json) printJson(streams, result);
        else print(streams, `maintenance for every app: ${result.on ? "on" : "off"}`);
      }),
    );
}
