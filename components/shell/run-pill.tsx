"use client";
import { LoaderCircle } from "lucide-react";
import Link from "next/link";
import type { AppSummary } from "#lib/operations/views.ts";
import { Elapsed } from "../ui/time.tsx";
import { verbWords } from "../verb/verb-words.ts";

/** The run that is on, on every page. */
export function RunPill({ apps }: { apps: AppSummary[] }) {
  const active = apps.flatMap((app) => (app.activeRun ? [{ app: app.name, run: app.activeRun }] : []));
  const first = active[0];
  if (!first) return null;
  return (
    <Link
      href={`/runs/${encodeURIComponent(first.run.id)}`}
      className="inline-flex min-h-8 min-w-0 items-center gap-1.5 rounded-full bg-ink px-3 text-xs font-medium text-panel"
    >
      <LoaderCircle aria-hidden className="size-3.5 shrink-0 motion-safe:animate-spin" />
      <span className="truncate">
        {first.app}: {verbWords[first.run.kind].running.toLowerCase()}
      </span>
      <Elapsed from={first.run.startedAt ?? first.run.requestedAt} />
      {active.length > 1 && <span>and {active.length - 1} more</span>}
    </Link>
  );
}
