"use client";
import { CircleCheck, CircleHelp, OctagonX, TriangleAlert } from "lucide-react";
import Link from "next/link";
import type { AppView, Met, WatchView } from "#lib/operations/views.ts";
import { fedSlot } from "../feed/feed-history.ts";
import { count, duration } from "../ui/figures.ts";
import { Panel } from "../ui/panel.tsx";
import { Ago, TimeOfDay } from "../ui/time.tsx";
import { verdictWords } from "./watch-words.ts";

const ICONS = { calm: CircleCheck, worse: TriangleAlert, bad: OctagonX };
const COLOURS = { calm: "", worse: "text-warn", bad: "text-danger" };

/** How visitors fare since the last swap, beside how they fared before it. */
export function WatchPanel({ app }: { app: AppView }) {
  const { watch } = app;
  if (!watch) return null;
  const { verdict, reasons } = watch;
  const Icon = verdict ? ICONS[verdict] : CircleHelp;
  return (
    <Panel
      className={fedSlot(app) ? "" : "lg:col-span-3"}
      title={`How is ${watch.version} doing?`}
      aside={<Span watch={watch} />}
    >
      <div className="space-y-2">
        <p role="status" className="flex items-start gap-2 font-medium">
          <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${verdict ? COLOURS[verdict] : ""}`} />
          {verdictWords(watch)}
        </p>
        {reasons.length > 0 && (
          <ul className="list-disc space-y-1 pl-5">
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
        <Figures before={watch.before} after={watch.after} />
        <Automatic watch={watch} />
      </div>
    </Panel>
  );
}

function Span({ watch: { over, since, until } }: { watch: WatchView }) {
  return (
    <span className="text-xs text-soft">
      swapped <Ago at={since} />
      {over ? (
        ", watch over"
      ) : (
        <>
          , watched until <TimeOfDay at={until} />
        </>
      )}
    </span>
  );
}

function Figures({ before, after }: { before: Met; after: Met }) {
  const rows: [string, (met: Met) => string][] = [
    ["Requests", (met) => count(met.requests)],
    ["Failed", (met) => shareOf(met.failed, met.requests)],
    ["Writes failed", (met) => shareOf(met.writesFailed, met.writes)],
    ["p95", (met) => (met.p95Ms === null ? "–" : duration(met.p95Ms))],
  ];
  return (
    <table className="w-full text-left">
      <thead className="text-xs text-soft">
        <tr>
          <td />
          <th scope="col" className="font-normal">
            Before
          </th>
          <th scope="col" className="font-normal">
            Now
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([term, said]) => (
          <tr key={term}>
            <th scope="row" className="font-normal text-soft">
              {term}
            </th>
            <td>{said(before)}</td>
            <td className="font-semibold">{said(after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Automatic({ watch: { automatic } }: { watch: WatchView }) {
  return (
    <p className="text-xs text-soft">
      {automatic.armed
        ? "If it turns out bad, Signalbox goes back by itself: nothing would be lost."
        : `Signalbox does not go back by itself. ${automatic.why ?? ""}`}{" "}
      {automatic.runId && (
        <Link href={`/runs/${encodeURIComponent(automatic.runId)}`} className="underline underline-offset-2">
          See that run
        </Link>
      )}
    </p>
  );
}

/** Of few failures the number tells, of many the share. */
const shareOf = (hits: number, of: number): string =>
  of === 0 ? "–" : hits === 0 ? "0" : `${count(hits)} (${((hits / of) * 100).toFixed(1)} %)`;
