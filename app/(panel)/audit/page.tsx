import type { Metadata } from "next";
import { type AuditAsked, AuditFilter } from "#components/audit/audit-filter.tsx";
import { AuditList } from "#components/audit/audit-list.tsx";
import { NeedsRole } from "#components/shell/needs-role.tsx";
import { buttonStyle } from "#components/ui/button-style.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { OlderLinks } from "#components/ui/older-link.tsx";
import { PageHeading } from "#components/ui/page-heading.tsx";
import { appsWithRole } from "#lib/operations/context.ts";
import { listApps } from "#lib/operations/read/apps.ts";
import { auditActors, listAudit } from "#lib/operations/read/audit-log.ts";
import { auditQuery } from "#lib/operations/read/audit-query.ts";
import { found } from "../../found.ts";
import { signedIn } from "../../session.ts";

export const metadata: Metadata = { title: "Audit" };

const PAGE = 50;

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function AuditPage({ searchParams }: Props) {
  const context = await signedIn("/audit");
  if (appsWithRole(context, "operator")?.length === 0)
    return <NeedsRole needed="operator" role={context.actor.role} />;
  const given = await searchParams;
  const text = (key: string) => (typeof given[key] === "string" ? given[key] : "");
  const asked: AuditAsked = {
    app: text("app"),
    actor: text("actor"),
    action: text("action"),
    since: text("since"),
    until: text("until"),
  };
  const filter = filterOf(asked);
  const before = text("before");
  // What somebody wrote into the address by hand and means nothing is left out.
  const query = auditQuery.safeParse({ ...filter, ...(before && { before }) }).data ?? {};
  const [entries, apps, actors] = await Promise.all([
    found(listAudit(context, { ...query, limit: PAGE + 1 })),
    listApps(context),
    auditActors(context),
  ]);
  const shown = entries.slice(0, PAGE);
  const last = shown.at(-1);
  const kept = Object.entries(asked).filter(([, value]) => value !== "");
  const href = (id?: string) => {
    const search = new URLSearchParams([...kept, ...(id ? [["before", id]] : [])]).toString();
    return search ? `/audit?${search}` : "/audit";
  };
  const file = (format: "jsonl" | "csv") =>
    `/api/v1/audit/export?${new URLSearchParams({ ...filter, format }).toString()}`;
  return (
    <>
      <PageHeading
        title="Audit"
        note="Who did what, newest first. Entries are written with the act and never changed."
      >
        <a href={file("csv")} download className={buttonStyle("outline")}>
          Export as CSV
        </a>
        <a href={file("jsonl")} download className={buttonStyle("outline")}>
          As JSON lines
        </a>
      </PageHeading>
      <AuditFilter apps={apps.map(({ name }) => name)} actors={actors} asked={asked} />
      {shown.length === 0 ? (
        <EmptyState title={kept.length > 0 ? "No entry fits" : "No entry yet"} />
      ) : (
        <AuditList entries={shown} />
      )}
      <OlderLinks
        older={entries.length > PAGE && last ? href(last.id) : null}
        newest={before ? href() : null}
      />
    </>
  );
}

/** Days as the log wants times; whole days in UTC, the last one included. */
function filterOf({ app, actor, action, since, until }: AuditAsked): Record<string, string> {
  const day = (text: string, plus: number): string | null => {
    const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
    return Number.isNaN(at) ? null : new Date(at + plus * 86_400_000).toISOString();
  };
  const [from, to] = [day(since, 0), day(until, 1)];
  return {
    ...(app && { app }),
    ...(actor && { actor }),
    ...(action && { action }),
    ...(from && { since: from }),
    ...(to && { until: to }),
  };
}
