"use client";
import { useHydrated, useNow } from "./clock.tsx";
import { elapsed } from "./figures.ts";
import { absolute, relative, timeOfDay } from "./time-words.ts";

/** How long ago; the exact time on hover. */
export function Ago({ at }: { at: string }) {
  const now = useNow();
  const hydrated = useHydrated();
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={absolute(ms, hydrated ? undefined : "UTC")} className="whitespace-nowrap">
      {relative(ms, now)}
    </time>
  );
}

/** Time of day in the reader's zone, for log lines. */
export function TimeOfDay({ at }: { at: string }) {
  const hydrated = useHydrated();
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={absolute(ms, hydrated ? undefined : "UTC")}>
      {hydrated ? timeOfDay(ms) : at.slice(11, 19)}
    </time>
  );
}

/** A clock that runs since `from`. Not announced: it changes every second. */
export function Elapsed({ from }: { from: string }) {
  const now = useNow();
  return <span className="font-mono">{elapsed(now - Date.parse(from))}</span>;
}
