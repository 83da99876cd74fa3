import type { Metadata } from "next";
import { RunWatch } from "#components/run/run-watch.tsx";
import { ActsProvider } from "#components/verb/acts.tsx";
import { appsWithRole } from "#lib/operations/context.ts";
import { getRun, runEvents } from "#lib/operations/read/runs.ts";
import { cancel, requestVerb } from "../../../acts/runs.ts";
import { actsRefusal } from "../../../acts-allowed.ts";
import { found } from "../../../found.ts";
import { signedIn } from "../../../session.ts";

export const metadata: Metadata = { title: "Run" };

export default async function RunPage({ params }: { params: Promise<{ id: string }> }) {
  const id = decodeURIComponent((await params).id);
  const context = await signedIn(`/runs/${encodeURIComponent(id)}`);
  const run = await found(getRun(context, id));
  return (
    <ActsProvider
      request={requestVerb}
      cancel={cancel}
      notAllowed={actsRefusal(context, run.app)}
      adminOf={appsWithRole(context, "admin")}
    >
      <RunWatch key={id} run={run} events={await runEvents(context, id, 0)} />
    </ActsProvider>
  );
}
