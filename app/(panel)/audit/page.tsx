import type { Metadata } from "next";
import { AuditFilter } from "#components/audit/audit-filter.tsx";
import { AuditList } from "#components/audit/audit-list.tsx";
import { NeedsRole } from "#components/shell/needs-role.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { OlderLinks } from "#components/ui/older-link.tsx";
import { PageHeading } from "#components/ui/page-heading.tsx";
import { listApps } from "#lib/operations/read/apps.ts";
import { listAudit } from "#lib/operations/read/audit-log.ts";
import { roleAtLeast } from "#lib/operations/role.ts";
import { signedIn } from "../../session.ts";

export const metadata: Metadata = { title: "Audit" };

const PAGE = 50;

interface Props {
  searchParams: Promise<{ app?: string | string[]; before?: string | string[] }>;
}

export default async function AuditPage({ searchParams }: Props) {
  const context = await signedIn("/audit");
  const { role } = context.actor;
  if (!roleAtLeast(role, "operator")) return <NeedsRole needed="operator" role={role} />;
  const asked = await searchParams;
  const app = typeof asked.app === "string" && asked.app !== "" ? asked.app : undefined;
  const before = typeof asked.before === "string" ? asked.before : undefined;
  const [entries, apps] = await Promise.all([
    listAudit(context, { app, before, limit: PAGE + 1 }),
    listApps(context),
  ]);
  const shown = entries.slice(0, PAGE);
  const last = shown.at(-1);
  const href = (id?: string) => {
    const query = new URLSearchParams({ ...(app && { app }), ...(id && { before: id }) }).toString();
    return query ? `/audit?${query}` : "/audit";
  };
  return (
    <>
      <PageHeading
        title="Audit"
        note="Who did what, newest first. Entries are written with the act and never changed."
      >
        <AuditFilter apps={apps.map((each) => each.name)} app={app ?? ""} />
      </PageHeading>
      {shown.length === 0 ? <EmptyState title="No entry" /> : <AuditList entries={shown} />}
      <OlderLinks
        older={entries.length > PAGE && last ? href(last.id) : null}
        newest={before ? href() : null}
      />
    </>
  );
}
