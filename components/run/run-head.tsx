import Link from "next/link";
import type { RunView } from "#lib/operations/views.ts";
import { duration } from "../ui/figures.ts";
import { Notice } from "../ui/notice.tsx";
import { Ago, Elapsed } from "../ui/time.tsx";
import { verbWords } from "../verb/verb-words.ts";
import { AutomaticNotice } from "./automatic-notice.tsx";
import { CancelButton } from "./cancel-button.tsx";
import { inputText } from "./input-text.ts";
import { RunTag } from "./run-tag.tsx";

export function RunHead({ run }: { run: RunView }) {
  const over = run.finishedAt !== null;
  const { automatic: _, ...input } = run.input;
  const asked = inputText(input);
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h1 className="flex flex-wrap items-center gap-2 text-xl font-semibold">
          {verbWords[run.kind].run} of{" "}
          <Link href={`/apps/${encodeURIComponent(run.app)}`} className="underline underline-offset-4">
            {run.app}
          </Link>
          <RunTag run={run} />
        </h1>
        <CancelButton key={run.id} runId={run.id} cancellable={run.cancellable} />
      </div>
      <p className="text-soft wrap-anywhere">
        Asked for by {run.requestedBy.name} <Ago at={run.requestedAt} />
        {asked && <>, {asked}</>}.{" "}
        {run.startedAt && run.finishedAt && (
          <>Took {duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}.</>
        )}
        {!over && (
          <>
            Running for <Elapsed from={run.startedAt ?? run.requestedAt} />.
          </>
        )}
      </p>
      <AutomaticNotice run={run} />
      {!over && run.committedAt && (
        <Notice title="The switch is made. From here the run only goes forward; to go back, roll back when it is done." />
      )}
      {run.abortReason && (
        <Notice kind={run.status === "failed" ? "error" : "warn"} title={outcome(run)}>
          <p>{run.abortReason}</p>
        </Notice>
      )}
      {run.error && run.error !== run.abortReason && (
        <Notice kind="error" title={run.status === "failed" ? "It failed." : "Problem"}>
          <p>{run.error}</p>
        </Notice>
      )}
    </div>
  );
}

/** What a run that went back has come to, said no better than it is. */
function outcome(run: RunView): string {
  if (run.finishedAt === null) return "Going back to how it was before.";
  const word = run.status === "failed" ? "It failed" : "Aborted";
  const undone = run.steps.every((step) => step.status === "pending" || step.status === "undone");
  return undone
    ? `${word}. Everything is as it was before.`
    : `${word}. Not every step was undone: see below.`;
}
