/** Who did what. */
import type { AuditEntry, Prisma } from "#lib/store/generated/client.ts";
import { appsWithRole, type OperationContext, requireRole } from "../context.ts";
import type { Actor } from "../views.ts";
import type { AuditExportQuery, AuditQuery } from "./audit-query.ts";

export interface AuditView {
  id: string;
  at: string;
  actor: Actor;
  action: string;
  app: string | null;
  run: string | null;
  detail: Record<string, unknown>;
}

/** Newest first; of the apps in which one is operator. What belongs to no app needs operator in all. */
export async function listAudit(
  context: OperationContext,
  { before, limit = 100, ...filter }: AuditQuery = {},
): Promise<AuditView[]> {
  const where = visible(context, filter);
  const entries = await context.store.auditEntry.findMany({
    where: { ...where, ...(before !== undefined && { id: { lt: BigInt(before) } }) },
    orderBy: { id: "desc" },
    take: limit,
  });
  return entries.map(view);
}

/** Who did something that fits, by name: for a filter. */
export async function auditActors(context: OperationContext): Promise<Actor[]> {
  const rows = await context.store.auditEntry.groupBy({
    by: ["actorKind", "actorId"],
    where: visible(context, {}),
    _max: { actorName: true },
    orderBy: { _max: { actorName: "asc" } },
    take: 500,
  });
  return rows.map(({ actorKind, actorId, _max }) => ({
    kind: actorKind as Actor["kind"],
    id: actorId,
    name: _max.actorName ?? actorId,
  }));
}

/** Oldest first, as they are read: what is written meanwhile comes too. */
export async function* exportAudit(
  context: OperationContext,
  filter: Omit<AuditExportQuery, "format">,
): AsyncGenerator<AuditView> {
  const where = visible(context, filter);
  for (let after = 0n; ; ) {
    const entries = await context.store.auditEntry.findMany({
      where: { ...where, id: { gt: after } },
      orderBy: { id: "asc" },
      take: 1_000,
    });
    yield* entries.map(view);
    const last = entries.at(-1);
    if (last === undefined || entries.length < 1_000) return;
    after = last.id;
  }
}

/** Throws `forbidden` for somebody who is operator nowhere, `not-found` for an app that may not be seen. */
function visible(
  context: OperationContext,
  { app, actor, action, since, until }: Omit<AuditExportQuery, "format">,
): Prisma.AuditEntryWhereInput {
  const mine = appsWithRole(context, "operator");
  if (app !== undefined || mine?.length === 0) requireRole(context, "operator", app);
  return {
    appName: app ?? (mine === null ? undefined : { in: mine }),
    actorId: actor,
    action: action === undefined || action.includes(".") ? action : { startsWith: `${action}.` },
    ...((since !== undefined || until !== undefined) && { at: { gte: since, lt: until } }),
  };
}

const view = (entry: AuditEntry): AuditView => ({
  id: entry.id.toString(),
  at: entry.at.toISOString(),
  actor: { kind: entry.actorKind as Actor["kind"], id: entry.actorId, name: entry.actorName },
  action: entry.action,
  app: entry.appName,
  run: entry.runId,
  detail: entry.detail as AuditView["detail"],
});
