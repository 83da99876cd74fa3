import type { Metadata } from "next";
import { LogTail } from "#components/logs/log-tail.tsx";
import { NeedsRole } from "#components/shell/needs-role.tsx";
import { roleIn } from "#lib/operations/context.ts";
import { getApp } from "#lib/operations/read/apps.ts";
import { roleAtLeast } from "#lib/operations/role.ts";
import { found } from "../../../../found.ts";
import { signedIn } from "../../../../session.ts";

export const metadata: Metadata = { title: "Logs" };

const JOB = /^(run|cron\.[a-z][a-z0-9-]{0,30})$/;

interface Props {
  params: Promise<{ app: string }>;
  searchParams: Promise<{ slot?: string | string[]; process?: string | string[] }>;
}

export default async function LogsPage({ params, searchParams }: Props) {
  const name = decodeURIComponent((await params).app);
  const context = await signedIn(`/apps/${encodeURIComponent(name)}/logs`);
  const app = await found(getApp(context, name));
  const role = roleIn(context.actor, name);
  if (!roleAtLeast(role, "operator")) return <NeedsRole needed="operator" role={role} />;
  const asked = await searchParams;
  const slot = asked.slot === "blue" || asked.slot === "green" ? asked.slot : (app.live ?? app.idle);
  const running = app.slots.find((each) => each.slot === slot)?.processes.map((each) => each.process) ?? [];
  // Commands and cron entries write into the slot's log too, and are no processes that are kept running.
  const job = typeof asked.process === "string" && JOB.test(asked.process) ? [asked.process] : [];
  const processes = [...running, ...job];
  const process =
    typeof asked.process === "string" && processes.includes(asked.process) ? asked.process : null;
  return (
    <LogTail key={`${slot} ${process}`} app={name} slot={slot} process={process} processes={processes} />
  );
}
