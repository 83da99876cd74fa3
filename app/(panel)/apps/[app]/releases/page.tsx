import type { Metadata } from "next";
import { LiveAppProvider } from "#components/live/live-app.tsx";
import { ReleaseList } from "#components/releases/release-list.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { bytes } from "#components/ui/figures.ts";
import { roleIn } from "#lib/operations/context.ts";
import { getApp } from "#lib/operations/read/apps.ts";
import { listReleases } from "#lib/operations/read/releases.ts";
import { roleAtLeast } from "#lib/operations/role.ts";
import { dropRelease } from "../../../../acts/releases.ts";
import { found } from "../../../../found.ts";
import { signedIn } from "../../../../session.ts";

export const metadata: Metadata = { title: "Releases" };

interface Props {
  params: Promise<{ app: string }>;
}

export default async function ReleasesPage({ params }: Props) {
  const name = decodeURIComponent((await params).app);
  const context = await signedIn(`/apps/${encodeURIComponent(name)}/releases`);
  const app = await found(getApp(context, name));
  const releases = await listReleases(context, name);
  if (releases.length === 0) {
    return (
      <EmptyState title="No release yet">
        <p>Deploy one from the cockpit: a folder, an archive or a repository.</p>
      </EmptyState>
    );
  }
  const all = releases.reduce((sum, release) => sum + (release.bytes ?? 0), 0);
  return (
    <LiveAppProvider app={app} run={null}>
      <p className="mb-3 text-soft">
        {releases.length} installed, {bytes(all)} together. Old ones go by themselves when a newer one is
        deployed and there are too many or the disk runs short; what a slot has stays.
      </p>
      <ReleaseList
        releases={releases}
        mayAct={roleAtLeast(roleIn(context.actor, name), "operator")}
        remove={dropRelease}
      />
    </LiveAppProvider>
  );
}
