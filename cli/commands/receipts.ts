import type { Command } from "commander";
import type { ReceiptEntry } from "#lib/operations/views.ts";
import { wholeNumber } from "../numbers.ts";
import { withSession } from "../session.ts";
import { print, printJson, type Streams } from "../streams.ts";

export function receiptsCommand(program: Command, streams: Streams): void {
  program
    .command("receipts")
    .description("what swaps and rollbacks measured, newest first; everything with --json")
    .option("--limit <count>", "at most", wholeNumber, 20)
    .option("--before <run>", "only older ones")
    .action(({ limit, before }, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        for (const entry of await door.listReceipts(await app(), { limit, before })) {
          if (options.json) printJson(streams, entry);
          else print(streams, receiptLine(entry));
        }
      }),
    );
}

function receiptLine({ run, receipt }: ReceiptEntry): string {
  const ms = (value: number | null) => (value === null ? "?" : `${Math.round(value)} ms`);
  const {
    fromVersion,
    toVersion,
    windowMs,
    longestWaitMs,
    requestsHeld,
    requestsServed,
    requestsRefused,
    lossless,
  } = receipt;
  return [
    run.finishedAt ?? run.requestedAt,
    run.id,
    run.kind.padEnd(8),
    `${fromVersion ?? "?"} → ${toVersion ?? "?"}`,
    `window ${ms(windowMs)}, longest wait ${ms(longestWaitMs)}`,
    `${requestsHeld ?? "?"} held, ${requestsServed ? `${requestsServed} reads served, ` : ""}${requestsRefused ?? "?"} refused`,
    lossless === null ? "" : lossless ? "lossless" : "rows left behind",
    run.requestedBy.name,
  ]
    .filter(Boolean)
    .join("  ");
}
