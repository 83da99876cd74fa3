import Link from "next/link";
import { otherSlot } from "#lib/engine/model.ts";
import type { AppSummary } from "#lib/operations/views.ts";
import { GateTag } from "../gate/gate-tag.tsx";
import { RunTag } from "../run/run-tag.tsx";
import { SlotMark } from "../slot/slot-mark.tsx";
import { Tag } from "../ui/tag.tsx";
import { Ago } from "../ui/time.tsx";
import { verbWords } from "../verb/verb-words.ts";

/** One app in the list: what is live, what waits beside it, and what happened last. */
export function AppCard({ app }: { app: AppSummary }) {
  const idle = otherSlot(app.live ?? "green");
  const last = app.activeRun ?? app.lastRun;
  return (
    <article className="relative rounded-lg border border-line bg-panel p-4 hover:border-edge">
      <header className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-base font-semibold">
          <Link
            href={`/apps/${encodeURIComponent(app.name)}`}
            className="after:absolute after:inset-0 after:rounded-lg focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-offset-2"
          >
            {app.name}
          </Link>
        </h2>
        <GateTag gate={app.gate} />
      </header>
      <dl className="mt-3 space-y-1.5">
        <div className="flex items-center gap-2">
          <dt className="w-10 text-xs text-soft">Live</dt>
          <dd className="flex items-center gap-2">
            {app.live ? (
              <>
                <SlotMark slot={app.live} />
                <span className="font-mono text-xs">{app.liveVersion}</span>
              </>
            ) : (
              <Tag>Nothing live yet</Tag>
            )}
          </dd>
        </div>
        <div className="flex items-center gap-2">
          <dt className="w-10 text-xs text-soft">Idle</dt>
          <dd className="flex items-center gap-2">
            <SlotMark slot={idle} filled={false} />
            <span className="font-mono text-xs text-soft">{app.idleVersion ?? "empty"}</span>
            {app.wayBack && <Tag>way back open</Tag>}
          </dd>
        </div>
      </dl>
      {app.publicUrl && (
        <p className="mt-2 truncate font-mono text-xs text-soft">
          <a
            href={app.publicUrl}
            target="_blank"
            rel="noreferrer"
            className="relative inline-block py-1 underline underline-offset-2"
          >
            {new URL(app.publicUrl).host}
            <span className="sr-only"> (opens a new tab)</span>
          </a>
        </p>
      )}
      <p className="mt-2 flex min-h-6 flex-wrap items-center gap-2 border-t border-line pt-2 text-xs text-soft">
        {last ? (
          <>
            {verbWords[last.kind].run} <RunTag run={last} /> <Ago at={last.finishedAt ?? last.requestedAt} />
          </>
        ) : (
          "No run yet."
        )}
      </p>
    </article>
  );
}
