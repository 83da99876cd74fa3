import type { Metadata } from "next";
import Link from "next/link";
import { AppGrid } from "#components/apps/app-grid.tsx";
import { buttonStyle } from "#components/ui/button-style.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeading } from "#components/ui/page-heading.tsx";
import { listApps } from "#lib/operations/read/apps.ts";
import { roleAtLeast } from "#lib/operations/role.ts";
import { signedIn } from "../session.ts";

export const metadata: Metadata = { title: "Apps" };

export default async function AppsPage() {
  const context = await signedIn("/");
  const apps = await listApps(context);
  const newApp = roleAtLeast(context.actor.role, "admin") && (
    <Link href="/apps/new" className={buttonStyle(apps.length === 0 ? "primary" : "outline")}>
      New app
    </Link>
  );
  return (
    <>
      <PageHeading title="Apps">{apps.length > 0 && newApp}</PageHeading>
      {apps.length === 0 ? (
        <EmptyState title="No app yet">
          <p>
            An app runs in two slots, blue and green. One is live; the next release goes to the other, is
            tried there, and the two swap.
          </p>
          {newApp ? (
            <p className="flex flex-wrap justify-center gap-2">
              {newApp}
              <Link href="/apps/new?way=adopt" className={buttonStyle("outline")}>
                Adopt one that runs
              </Link>
            </p>
          ) : (
            <p>Ask an admin to make one.</p>
          )}
          <p>Or from a shell on this machine:</p>
          <pre className="rounded-md bg-sunken p-3 text-left font-mono text-xs whitespace-pre-wrap text-ink">
            {"signalbox create shop --public shop.example.com\n"}
            {"signalbox adopt shop --public shop.example.com --origin http://127.0.0.1:3000"}
          </pre>
        </EmptyState>
      ) : (
        <AppGrid apps={apps} />
      )}
    </>
  );
}
