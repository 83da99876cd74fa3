/** Who did what. */
import { appsWithRole, type OperationContext, requireRole } from "../context.ts";
import type { Actor } from "../views.ts";

export interface AuditView {
  id: string;
  at: string;
  actor: Actor;
  action: string;
  app: string | null;
  run: string | null;
  detail: Record<string, unknown>;
}

export interface AuditPage {
  app?: string;
  /** Id of an entry: only older ones. */
  before?: string;
  /** 1 to 500; default 100. */
  limit?: number;
}

/** Newest first; of the apps in which one is operator. What belongs to no app needs operator in all. */
export async function listAudit(
  context: OperationContext,
  { app, before, limit = 100 }: AuditPage = {},
): Promise<AuditView[]> {
  const mine = appsWithRole(context, "operator");
  if (app !== undefined || mine?.length === 0) requireRole(context, "operator", app);
  const entries = await context.store.auditEntry.findMany({
    where: {
      appName: app ?? (mine === null ? undefined : { in: mine }),
      ...(before !== undefined && /^\d{1,18}$/.test(before) && { id: { lt: BigInt(before) } }),
    },
    orderBy: { id: "desc" },
    take: Math.min(Math.max(limit, 1), 500),
  });
  return entries.map((entry) => ({
    id: entry.id.toString(),
    at: entry.at.toISOString(),
    actor: { kind: entry.actorKind as Actor["kind"], id: entry.actorId, name: entry.actorName },
    action: entry.action,
    app: entry.appName,
    run: entry.runId,
    detail: entry.detail as AuditView["detail"],
  }));
}
