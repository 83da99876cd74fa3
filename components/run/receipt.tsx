import { Download } from "lucide-react";
import type { ReactNode } from "react";
import type { Receipt as ReceiptData } from "#lib/operations/views.ts";
import { SlotMark } from "../slot/slot-mark.tsx";
import { buttonStyle } from "../ui/button-style.ts";
import { bytes, count, counted, duration } from "../ui/figures.ts";
import { Panel } from "../ui/panel.tsx";
import { CountTable } from "./count-table.tsx";
import { StepBars } from "./step-bars.tsx";

/** What was measured: beside what was announced where something was. */
export function Receipt({ runId, receipt }: { runId: string; receipt: ReceiptData }) {
  const base = `/api/v1/runs/${encodeURIComponent(runId)}`;
  return (
    <Panel
      title="Receipt"
      aside={
        <a href={base} download={`run-${runId}.json`} className={buttonStyle("outline", "small")}>
          <Download aria-hidden className="size-3.5" /> JSON
        </a>
      }
    >
      <div className="space-y-4">
        {receipt.from && receipt.to && (
          <p className="flex flex-wrap items-center gap-x-2">
            <SlotMark slot={receipt.from} filled={false} /> {receipt.fromVersion}
            <span aria-hidden>→</span>
            <span className="sr-only">to</span>
            <SlotMark slot={receipt.to} /> {receipt.toVersion}
          </p>
        )}
        <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
          <Fact
            term="Window"
            value={ms(receipt.windowMs)}
            note={receipt.forecastWindowMs !== null && `forecast ${duration(receipt.forecastWindowMs)}`}
          />
          <Fact term="Longest wait" value={ms(receipt.longestWaitMs)} />
          <Fact term="Requests held" value={figure(receipt.requestsHeld)} />
          <Fact term="Requests refused" value={figure(receipt.requestsRefused)} />
          <Fact
            term="Data"
            value={receipt.dataBytes === null ? null : bytes(receipt.dataBytes)}
            note={receipt.dataRows !== null && counted(receipt.dataRows, "row")}
          />
        </dl>
        {receipt.loss && <Loss loss={receipt.loss} href={`${base}/lost`} />}
        {receipt.steps.length > 0 && <StepBars steps={receipt.steps} />}
        {receipt.counts.length > 0 && <CountTable counts={receipt.counts} />}
        {receipt.notes.length > 0 && (
          <ul className="list-disc space-y-1 pl-5 text-soft">
            {receipt.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </div>
    </Panel>
  );
}

const ms = (value: number | null) => (value === null ? null : duration(value));
const figure = (value: number | null) => (value === null ? null : count(value));

function Fact({ term, value, note }: { term: string; value: string | null; note?: ReactNode }) {
  if (value === null) return null;
  return (
    <div>
      <dt className="text-xs text-soft">{term}</dt>
      <dd className="text-lg font-semibold">{value}</dd>
      {note && <dd className="text-xs text-soft">{note}</dd>}
    </div>
  );
}

function Loss({ loss, href }: { loss: NonNullable<ReceiptData["loss"]>; href: string }) {
  const total = loss.inserted + loss.changed + loss.deleted;
  return (
    <section aria-label="Left behind" className="rounded-md border border-warn bg-warn-wash px-3 py-2">
      <h3 className="font-medium">
        Left behind: {loss.exact ? "" : "at least "}
        {counted(total, "row")} ({count(loss.inserted)} inserted, {count(loss.changed)} changed,{" "}
        {count(loss.deleted)} deleted)
      </h3>
      <p className="text-soft">
        {loss.announced === null
          ? "Not measured before the click."
          : `Announced before the click: ${count(loss.announced)}.`}
      </p>
      {loss.file && (
        <a href={href} download className={buttonStyle("outline", "small", "mt-2")}>
          <Download aria-hidden className="size-3.5" /> Download the rows
        </a>
      )}
    </section>
  );
}
