import type { Command } from "commander";
import { FEED_CODES } from "#lib/operations/feed-codes.ts";
import type { WayBackView } from "#lib/operations/views.ts";
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
    .option(
      "--lossy",
      "go back although the feed does not run, and leave behind what it did not carry; admins only",
      false,
    )
    .option("--yes", "do not ask", false)
    .action(({ acceptLoss, lossy, yes }, command: Command) =>
      withSession(command, streams, async (session) => {
        const app = await session.app();
        // Nobody who is in a hurry waits for a measurement that no one reads.
        if (!yes && streams.stdin.isTTY && streams.stderr.isTTY) await confirm(session, app, lossy);
        const input = { acceptLoss, ...(lossy && { lossy }) };
        await finishWith(session, await session.door.act(app, "rollback", input));
      }),
    );
}

async function confirm({ door, streams }: Session, app: string, lossy: boolean): Promise<void> {
  const { findings, wayBack } = await door.preflight(app, "rollback", lossy ? { lossy } : {});
  const refusals = findings.filter((finding) => finding.severity === "refuse");
  if (refusals.length > 0) {
    const forced = refusals.every(({ code }) => FEED_CODES.includes(code));
    throw new Refused("refused", "It can't be rolled back now.", {
      findings: refusals,
      remedy: forced ? `${leftBehind(wayBack)} An admin goes back all the same with --lossy.` : undefined,
    });
  }
  for (const { what } of findings) note(streams, `warning: ${what}`);
  note(streams, leftBehind(wayBack));
  if (!(await askYesNo(streams, `Roll ${app} back?`))) throw new Refused("refused", "Nothing was done.");
}

function leftBehind(wayBack: WayBackView | null): string {
  if (wayBack === null) return "What would be lost is not known.";
  if (wayBack.lossless) return "0 rows behind: nothing is lost.";
  const { inserted, changed, deleted, exact } = wayBack;
  const least = exact ? "" : "at least ";
  return `Written since the swap and left behind: ${least}${inserted} rows inserted, ${changed} changed, ${deleted} deleted. They are kept for download.`;
}
