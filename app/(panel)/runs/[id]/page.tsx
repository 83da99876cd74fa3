import type { Metadata } from "next";
import { RunWatch } from "#components/run/run-watch.tsx";
import { getRun, runEvents } from "#lib/operations/read/runs.ts";
import { found } from "../../../found.ts";
import { signedIn } from "../../../session.ts";

export const metadata: Metadata = { title: "Run" };

export default async function RunPage({ params }: { params: Promise<{ id: string }> }) {
  const id = decodeURIComponent((await params).id);
  const context = await signedIn(`/runs/${encodeURIComponent(id)}`);
  const run = await found(getRun(context, id));
  return <RunWatch key={id} run={run} events={await runEvents(context, id, 0)} />;
}
