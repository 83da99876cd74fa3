/** Releases that are installed, and where new ones came from. */
import type { SlotName } from "#lib/engine/model.ts";
import { noSuchApp, type OperationContext, requireRole } from "../context.ts";
import type { DeploySource } from "../deploy.ts";
import type { CredentialView } from "../source-credentials.ts";

export interface ReleaseView {
  id: string;
  version: string;
  /** Where it came from, as recorded: `kind` and what belongs to it, for git with `commit`. */
  source: Record<string, unknown>;
  /** Null: never measured. */
  bytes: number | null;
  createdAt: string;
  createdBy: string;
  /** That have it now. */
  slots: SlotName[];
}

/** Newest first. Needs viewer. Throws `not-found`. */
export async function listReleases(context: OperationContext, app: string): Promise<ReleaseView[]> {
  requireRole(context, "viewer", app);
  const found = await context.store.app.findUnique({
    where: { name: app },
    include: { releases: { orderBy: { createdAt: "desc" }, include: { slots: { select: { name: true } } } } },
  });
  if (!found) throw noSuchApp(app);
  return found.releases.map((release) => ({
    id: release.id,
    version: release.version,
    source: release.source as Record<string, unknown>,
    bytes: release.bytes === null ? null : Number(release.bytes),
    createdAt: release.createdAt.toISOString(),
    createdBy: release.createdBy,
    slots: release.slots.map(({ name }) => name).sort(),
  }));
}

export interface SourcesView {
  /** Of the last deploy that was asked for, so that the next one can begin with it. */
  last: DeploySource | null;
  credentials: Pick<CredentialView, "name" | "kind">[];
}

/** What a deploy dialog begins with. Needs operator. Throws `not-found`. */
export async function deploySources(context: OperationContext, app: string): Promise<SourcesView> {
  requireRole(context, "operator", app);
  const found = await context.store.app.findUnique({
    where: { name: app },
    include: {
      credentials: { orderBy: { name: "asc" }, select: { name: true, kind: true } },
      runs: {
        where: { kind: "deploy" },
        orderBy: { requestedAt: "desc" },
        take: 10,
        select: { input: true },
      },
    },
  });
  if (!found) throw noSuchApp(app);
  const sources = found.runs.map(({ input }) => (input as { source?: DeploySource }).source);
  return {
    // A release that was put back says nothing about where the next one is.
    last: sources.find((source) => source && source.kind !== "release") ?? null,
    credentials: found.credentials.map(({ name, kind }) => ({ name, kind: kind as CredentialView["kind"] })),
  };
}
