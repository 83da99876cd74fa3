"use client";
import { useState } from "react";
import type { JobsView } from "#lib/operations/jobs/read-jobs.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import type { Outcome } from "../ui/outcome.ts";
import { Panel } from "../ui/panel.tsx";
import { CronTable } from "./cron-table.tsx";
import { JobList } from "./job-list.tsx";
import { RunCommand } from "./run-command.tsx";

interface Props {
  app: string;
  live: string | null;
  view: JobsView;
  start(app: string, command: string[]): Promise<Outcome<string>>;
  end(id: string): Promise<Outcome<null>>;
}

export function JobsPage({ app, live, view, start, end }: Props) {
  const [shown, setShown] = useState<string | null>(null);
  return (
    <div className="space-y-4">
      <Panel title="Run a command">
        <RunCommand app={app} slot={live} start={start} onStarted={setShown} />
      </Panel>
      {view.cron.length > 0 && (
        <Panel title="Cron entries">
          <CronTable app={app} cron={view.cron} />
        </Panel>
      )}
      {view.jobs.length > 0 ? (
        <Panel title="Jobs">
          <JobList jobs={view.jobs} shown={shown} onShow={setShown} end={end} />
        </Panel>
      ) : (
        <EmptyState title="No job yet">
          <p>
            Commands that you run show here, and the times of the cron entries in signalbox.yaml. They belong
            to the live slot only.
          </p>
        </EmptyState>
      )}
    </div>
  );
}
