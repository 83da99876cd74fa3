import type { Metadata } from "next";
import { CreateLink } from "#components/share/create-link.tsx";
import { LinkList } from "#components/share/link-list.tsx";
import { NeedsRole } from "#components/shell/needs-role.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { listShareLinks } from "#lib/auth/share-links.ts";
import { roleIn } from "#lib/operations/context.ts";
import { getApp } from "#lib/operations/read/apps.ts";
import { roleAtLeast } from "#lib/operations/role.ts";
import { endShareLink, makeShareLink } from "../../../../acts/share.ts";
import { found } from "../../../../found.ts";
import { signedIn } from "../../../../session.ts";

export const metadata: Metadata = { title: "Share" };

export default async function SharePage({ params }: { params: Promise<{ app: string }> }) {
  const name = decodeURIComponent((await params).app);
  const context = await signedIn(`/apps/${encodeURIComponent(name)}/share`);
  const app = await found(getApp(context, name));
  const role = roleIn(context.actor, name);
  if (!roleAtLeast(role, "tester")) return <NeedsRole needed="tester" role={role} />;
  const links = await listShareLinks(context, name);
  const mayMake = roleAtLeast(role, "operator");
  const hosts = app.domains.filter(({ audience }) => audience === "staging").map(({ host }) => host);
  return (
    <div className="space-y-4">
      {mayMake && (
        <Panel title="Show staging to somebody without an account">
          <p className="mb-3 max-w-prose text-soft">
            {hosts.length === 0
              ? "There is no staging domain yet: publish one to the idle slot first."
              : `Whoever has the link sees ${hosts.join(", ")} until it expires or you revoke it. They must be able to reach this dashboard's address.`}
            {app.stagingAccess === "open" &&
              hosts.length > 0 &&
              " Staging is open to everybody just now, so no link is needed."}
          </p>
          {hosts.length > 0 && <CreateLink create={makeShareLink.bind(null, name)} />}
        </Panel>
      )}
      {links.length > 0 ? (
        <LinkList links={links} revoke={mayMake ? endShareLink : null} />
      ) : (
        <EmptyState title="No share link yet">
          <p>A link shows the idle slot's release to a customer or an agency, and nothing else.</p>
        </EmptyState>
      )}
    </div>
  );
}
