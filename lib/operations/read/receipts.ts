/** What swaps and rollbacks measured. */
import { Prisma } from "#lib/store/generated/client.ts";
import { noSuchApp, type OperationContext, requireRole } from "../context.ts";
import { LATEST_FIRST, runSummary, withAppName } from "../run-summary.ts";
import type { Receipt, ReceiptEntry } from "../views.ts";

/** The most that one answer holds. */
export const MOST_RECEIPTS = 1_000;

export interface ReceiptPage {
  /** Id of a run of the same app: only older ones. */
  before?: string;
  /** 1 to 1000; default 50. */
  limit?: number;
}

/** Of an app's swaps and rollbacks that came to their good end, newest first. Needs viewer. Throws `not-found`. */
export async function listReceipts(
  context: OperationContext,
  app: string,
  { before, limit = 50 }: ReceiptPage = {},
): Promise<ReceiptEntry[]> {
  requireRole(context, "viewer", app);
  const found = await context.store.app.findUnique({ where: { name: app }, select: { id: true } });
  if (!found) throw noSuchApp(app);
  const runs = await context.store.run.findMany({
    where: {
      appId: found.id,
      kind: { in: ["swap", "rollback"] },
      status: "succeeded",
      receipt: { not: Prisma.AnyNull },
    },
    orderBy: LATEST_FIRST,
    take: Math.min(Math.max(limit, 1), MOST_RECEIPTS),
    ...(before !== undefined && { cursor: { id: before }, skip: 1 }),
    include: withAppName,
  });
  return runs.map((run) => ({ run: runSummary(run), receipt: fullReceipt(run.receipt) }));
}

/** A receipt holds what applied to its run; the rest is said to be nothing. */
export function fullReceipt(stored: Prisma.JsonValue): Receipt {
  return {
    from: null,
    to: null,
    fromVersion: null,
    toVersion: null,
    forecastWindowMs: null,
    forecastSwitches: null,
    windowMs: null,
    requestsHeld: null,
    requestsServed: null,
    requestsRefused: null,
    longestWaitMs: null,
    lossless: null,
    feed: null,
    compared: null,
    dataBytes: null,
    dataRows: null,
    counts: [],
    warm: [],
    steps: [],
    loss: null,
    automatic: null,
    notes: [],
    ...(stored as Partial<Receipt>),
  };
}
