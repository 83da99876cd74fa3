"use client";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import type { JobView } from "#lib/operations/jobs/views.ts";
import { RunTag } from "../run/run-tag.tsx";
import { Button } from "../ui/button.tsx";
import { duration } from "../ui/figures.ts";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { Ago } from "../ui/time.tsx";
import { RefusedNotice } from "../verb/refused-notice.tsx";
import { JobOutput } from "./job-output.tsx";

const LOOK_AGAIN_MS = 5_000;

interface Props {
  jobs: JobView[];
  shown: string | null;
  onShow(job: string | null): void;
  end(id: string): Promise<Outcome<null>>;
}

/** Commands and cron entries' times, newest first, each with what it said. */
export function JobList({ jobs, shown, onShow, end }: Props) {
  const router = useRouter();
  const [pending, setPending] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  // Cron entries come by themselves.
  useEffect(() => {
    const timer = setInterval(() => document.hidden || router.refresh(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [router]);

  async function cancel(id: string) {
    setPending(id);
    setRefusal(null);
    const result = await end(id).catch(() => noAnswer);
    setPending(null);
    if (!result.ok) setRefusal(result);
    router.refresh();
  }

  return (
    <div className="space-y-3">
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />}
      <ul className="divide-y divide-line">
        {jobs.map((job) => (
          <li key={job.id} className="space-y-2 py-2">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <div className="sm:w-24">
                <RunTag run={{ status: job.status, abortReason: null }} />
              </div>
              <div className="min-w-48 flex-1">
                <p className="font-mono wrap-anywhere">{job.command}</p>
                <p className="text-xs text-soft">
                  {job.kind === "cron" ? `cron ${job.name}` : job.requestedBy}
                  {job.slot && ` in ${job.slot}`}, <Ago at={job.dueAt ?? job.requestedAt} />
                  {took(job)}
                  {job.exitCode ? `, exit code ${job.exitCode}` : ""}
                </p>
                {job.error && <p className="text-xs text-danger wrap-anywhere">{job.error}</p>}
              </div>
              {job.finishedAt === null && (
                <Button size="small" pending={pending === job.id} onClick={() => void cancel(job.id)}>
                  Cancel<span className="sr-only"> {job.command}</span>
                </Button>
              )}
              {job.startedAt && (
                <Button
                  size="small"
                  look="quiet"
                  aria-expanded={shown === job.id}
                  onClick={() => onShow(shown === job.id ? null : job.id)}
                >
                  {shown === job.id ? "Hide output" : "Output"}
                  <span className="sr-only"> of {job.command}</span>
                </Button>
              )}
            </div>
            {shown === job.id && <JobOutput job={job.id} onEnd={() => router.refresh()} />}
          </li>
        ))}
      </ul>
    </div>
  );
}

const took = ({ startedAt, finishedAt }: JobView): string =>
  startedAt && finishedAt ? `, took ${duration(Date.parse(finishedAt) - Date.parse(startedAt))}` : "";
