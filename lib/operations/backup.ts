/** The store into a file. Slots' data and the home's keys are not in it. */
import type { Readable } from "node:stream";
import { backupStore } from "#lib/store/backup.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { BACKUP_ACTION } from "./read/system.ts";
import { recordAudit } from "./record-audit.ts";

/** Needs admin. Gzip; destroyed with an error when the store goes away midway, so that half of one shows as half. */
export async function backup(
  context: OperationContext,
  storeUrl: string,
): Promise<{ fileName: string; content: Readable }> {
  requireRole(context, "admin");
  await context.store.$transaction((tx) => recordAudit(tx, context.actor, { action: BACKUP_ACTION }));
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
  return { fileName: `signalbox-store-${stamp}.backup`, content: backupStore(storeUrl) };
}
