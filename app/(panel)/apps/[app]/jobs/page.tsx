import type { Metadata } from "next";
import { JobsPage } from "#components/jobs/jobs-page.tsx";
import { NeedsRole } from "#components/shell/needs-role.tsx";
import { roleIn } from "#lib/operations/context.ts";
import { listJobs } from "#lib/operations/jobs/read-jobs.ts";
import { getApp } from "#lib/operations/read/apps.ts";
import { roleAtLeast } from "#lib/operations/role.ts";
import { endJob, startJob } from "../../../../acts/live-changes.ts";
import { found } from "../../../../found.ts";
import { signedIn } from "../../../../session.ts";

export const metadata: Metadata = { title: "Jobs" };

interface Props {
  params: Promise<{ app: string }>;
}

export default async function Page({ params }: Props) {
  const name = decodeURIComponent((await params).app);
  const context = await signedIn(`/apps/${encodeURIComponent(name)}/jobs`);
  const app = await found(getApp(context, name));
  const role = roleIn(context.actor, name);
  if (!roleAtLeast(role, "operator")) return <NeedsRole needed="operator" role={role} />;
  const view = await listJobs(context, name);
  return <JobsPage app={name} live={app.live} view={view} start={startJob} end={endJob} />;
}
