"use client";
import type { EventView, RunView } from "#lib/operations/views.ts";
import { ConnectionNote } from "../live/connection-note.tsx";
import { useRun } from "../live/use-run.ts";
import { Panel } from "../ui/panel.tsx";
import { CopyProgress } from "./copy-progress.tsx";
import { EventLog } from "./event-log.tsx";
import { progressShare } from "./event-text.ts";
import { Receipt } from "./receipt.tsx";
import { RunHead } from "./run-head.tsx";
import { currentStep, stepTitle } from "./run-words.ts";
import { Timeline } from "./timeline.tsx";

/** A run's page: how it stands, its steps, its log, and at the end its receipt. */
export function RunWatch({ run: initial, events: initialEvents }: { run: RunView; events: EventView[] }) {
  const { run, events, connection } = useRun(initial, initialEvents);
  const over = run.finishedAt !== null;
  const step = currentStep(run.steps);
  const share = !over && step?.name.startsWith("copy") ? progressShare(events) : null;
  return (
    <div className="space-y-3">
      <RunHead run={run} />
      {!over && (
        <div className="flex items-center justify-between gap-2">
          <p role="status" className="font-medium">
            {step
              ? stepTitle(step.name)
              : run.status === "queued"
                ? "Waiting for the engine"
                : "Between steps"}
          </p>
          <ConnectionNote connection={connection} />
        </div>
      )}
      {share !== null && <CopyProgress share={share} />}
      {over && run.receipt && <Receipt runId={run.id} receipt={run.receipt} />}
      <div className="grid items-start gap-3 lg:grid-cols-2">
        <Panel title="Steps">
          <Timeline steps={run.steps} />
        </Panel>
        <EventLog events={events} />
      </div>
    </div>
  );
}
