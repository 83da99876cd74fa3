"use client";
import Link from "next/link";
import type { AppView, RunView } from "#lib/operations/views.ts";
import { CancelButton } from "../run/cancel-button.tsx";
import { RunTag } from "../run/run-tag.tsx";
import { currentStep, doneSteps, stepTitle } from "../run/run-words.ts";
import { Panel } from "../ui/panel.tsx";
import { Ago, Elapsed } from "../ui/time.tsx";
import { verbWords } from "../verb/verb-words.ts";

/** The run that is on, with its step; or what was last. */
export function NowPanel({ app, run }: { app: AppView; run: RunView | null }) {
  const active = app.activeRun;
  const last = app.recentRuns[0];
  return (
    <Panel
      title="What is happening now?"
      aside={active && <Elapsed from={active.startedAt ?? active.requestedAt} />}
    >
      {active ? (
        <Active run={run?.id === active.id ? { ...run, ...active } : null} app={app} />
      ) : (
        <div className="space-y-1">
          <p className="font-medium">Nothing is running.</p>
          {last && (
            <p className="text-soft">
              Last:{" "}
              <Link href={`/runs/${encodeURIComponent(last.id)}`} className="underline underline-offset-2">
                {verbWords[last.kind].run}
              </Link>{" "}
              by {last.requestedBy.name}, <Ago at={last.finishedAt ?? last.requestedAt} />,{" "}
              <RunTag run={last} />
            </p>
          )}
        </div>
      )}
    </Panel>
  );
}

function Active({ run, app }: { run: RunView | null; app: AppView }) {
  const active = app.activeRun!;
  const step = run && currentStep(run.steps);
  return (
    <div className="space-y-2">
      <p className="flex flex-wrap items-center gap-2 font-medium">
        {verbWords[active.kind].running} <RunTag run={active} />
        <span className="font-normal text-soft">asked for by {active.requestedBy.name}</span>
      </p>
      {run && run.steps.length > 0 && (
        <p>
          {step ? stepTitle(step.name) : "Between steps"}
          <span className="text-soft">
            {" "}
            · {doneSteps(run.steps)} of {run.steps.length} steps done
          </span>
        </p>
      )}
      {run?.abortReason && <p className="text-warn wrap-anywhere">Going back: {run.abortReason}</p>}
      <div className="flex flex-wrap items-center gap-2">
        <Link href={`/runs/${encodeURIComponent(active.id)}`} className="py-1 underline underline-offset-2">
          Watch the run
        </Link>
        {run && <CancelButton key={run.id} runId={run.id} cancellable={run.cancellable} />}
      </div>
    </div>
  );
}
