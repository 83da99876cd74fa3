/** How the installation itself is: for its admins. */
import type { Environment } from "#lib/config/environment.ts";
import { type OperationContext, requireRole } from "../context.ts";
import type { Diagnosis } from "../doctor/diagnosis.ts";
import { examine } from "../doctor/doctor.ts";
import { type DiskUse, diskUse } from "./disk-use.ts";

export interface SystemView {
  diagnoses: Diagnosis[];
  /** Null when the home can't be looked at. */
  disk: DiskUse | null;
  lastBackup: { at: string; by: string } | null;
}

/** Looked up now; takes up to a few seconds. Needs admin. */
export async function readSystem(context: OperationContext, environment: Environment): Promise<SystemView> {
  requireRole(context, "admin");
  const [diagnoses, disk, last] = await Promise.all([
    examine(environment, context.home),
    diskUse(context.home).catch(() => null),
    context.store.auditEntry.findFirst({ where: { action: BACKUP_ACTION }, orderBy: { id: "desc" } }),
  ]);
  return { diagnoses, disk, lastBackup: last && { at: last.at.toISOString(), by: last.actorName } };
}

export const BACKUP_ACTION = "store.backup";
