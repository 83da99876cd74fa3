import type { Command } from "commander";
import { Refused } from "../door.ts";
import { finishWith } from "../follow.ts";
import { wholeNumber } from "../numbers.ts";
import { askYesNo } from "../question.ts";
import { type Session, withSession } from "../session.ts";
import { note, type Streams } from "../streams.ts";

export function rollbackCommand(program: Command, streams: Streams): void {
  program
    .command("rollback")
    .description("go back to the slot that was live before; says first what would be lost")
    .option("--accept-loss <rows>", "abort before the commit if more rows would be left behind", wholeNumber)
    .option("--yes", "do not ask", false)
    .action(({ acceptLoss, yes }, command: Command) =>
      withSession(command, streams, async (session) => {
        const app = await session.app();
        // Nobody who is in a hurry waits for a measurement that no one reads.
        if (!yes && streams.stdin.isTTY && streams.stderr.isTTY) await confirm(session, app);
        await finishWith(session, await session.door.act(app, "rollback", { acceptLoss }));
      }),
    );
}

async function confirm({ door, streams }: Session, app: string): Promise<void> {
  const { findings, wayBack } = await door.preflight(app, "rollback");
  const refusals = findings.filter((finding) => finding.severity === "refuse");
  if (refusals.length > 0)
    throw new Refused("refused", "It can't be rolled back now.", { findings: refusals });
  for (const { what } of findings) note(streams, `warning: ${what}`);
  if (wayBack === null) note(streams, "What would be lost is not known.");
  else {
    const { inserted, changed, deleted, exact } = wayBack;
    const least = exact ? "" : "at least ";
    note(
      streams,
      `Written since the swap and left behind: ${least}${inserted} rows inserted, ${changed} changed, ${deleted} deleted. They are kept for download.`,
    );
  }
  if (!(await askYesNo(streams, `Roll ${app} back?`))) throw new Refused("refused", "Nothing was done.");
}
