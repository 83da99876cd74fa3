/** Who did what. Written in the transaction of the act: without its entry the act does not happen. */
import type { StoreTransaction } from "#lib/store/client.ts";
import type { Prisma } from "#lib/store/generated/client.ts";
import type { Actor } from "./views.ts";

export interface AuditRecord {
  /** `app.swap`, `run.cancel`, `user.create`: noun, dot, verb. */
  action: string;
  appName?: string;
  runId?: string;
  detail?: Prisma.InputJsonObject;
}

export async function recordAudit(tx: StoreTransaction, actor: Actor, record: AuditRecord): Promise<void> {
  await tx.auditEntry.create({
    data: { actorKind: actor.kind, actorId: actor.id, actorName: actor.name, ...record },
  });
}
