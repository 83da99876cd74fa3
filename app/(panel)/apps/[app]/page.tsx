import type { Metadata } from "next";
import { Cockpit } from "#components/cockpit/cockpit.tsx";
import { LiveAppProvider } from "#components/live/live-app.tsx";
import { getApp } from "#lib/operations/read/apps.ts";
import { getRun } from "#lib/operations/read/runs.ts";
import { found } from "../../../found.ts";
import { signedIn } from "../../../session.ts";

interface Props {
  params: Promise<{ app: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).app) };
}

export default async function CockpitPage({ params }: Props) {
  const name = decodeURIComponent((await params).app);
  const context = await signedIn(`/apps/${encodeURIComponent(name)}`);
  const app = await found(getApp(context, name));
  const run = app.activeRun && (await getRun(context, app.activeRun.id));
  return (
    <LiveAppProvider app={app} run={run}>
      <Cockpit />
    </LiveAppProvider>
  );
}
