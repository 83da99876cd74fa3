import Link from "next/link";
import type { RunSummary } from "#lib/operations/views.ts";
import { duration } from "../ui/figures.ts";
import { Ago } from "../ui/time.tsx";
import { verbWords } from "../verb/verb-words.ts";
import { RunTag } from "./run-tag.tsx";

/** Runs, newest first: what, how it ended, how long, who and when. */
export function RunList({ runs }: { runs: RunSummary[] }) {
  return (
    <ul className="divide-y divide-line">
      {runs.map((run) => (
        <li key={run.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
          <Link
            href={`/runs/${encodeURIComponent(run.id)}`}
            className="min-w-24 py-1 font-medium underline underline-offset-2"
          >
            {verbWords[run.kind].run}
          </Link>
          <RunTag run={run} />
          <span className="text-soft">{runTime(run)}</span>
          <span className="ml-auto text-right text-soft">
            {run.requestedBy.name}, <Ago at={run.requestedAt} />
          </span>
          {(run.error ?? run.abortReason) && (
            <p className="w-full text-xs text-soft wrap-anywhere">{run.error ?? run.abortReason}</p>
          )}
        </li>
      ))}
    </ul>
  );
}

function runTime({ startedAt, finishedAt }: RunSummary): string {
  return startedAt && finishedAt ? duration(Date.parse(finishedAt) - Date.parse(startedAt)) : "";
}
