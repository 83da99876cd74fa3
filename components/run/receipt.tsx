import { Download } from "lucide-react";
import type { ReactNode } from "react";
import type { Receipt as ReceiptData } from "#lib/operations/views.ts";
import { SlotMark } from "../slot/slot-mark.tsx";
import { buttonStyle } from "../ui/button-style.ts";
import { bytes, count, counted, duration } from "../ui/figures.ts";
import { Panel } from "../ui/panel.tsx";
import { basisOf } from "../verb/fed-forecast.ts";
import { CountTable } from "./count-table.tsx";

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
        <Way receipt={receipt} />
        <Facts receipt={receipt} />
        {receipt.feed && <FeedLine feed={receipt.feed} />}
        {receipt.loss && <Loss loss={receipt.loss} href={`${base}/lost-rows`} />}
        {receipt.counts.length > 0 && <CountTable counts={receipt.counts} />}
        {receipt.warm.length > 0 && <Warmed warm={receipt.warm} />}
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

function Way({ receipt: { from, to, fromVersion, toVersion } }: { receipt: ReceiptData }) {
  if (!to) return null;
  return (
    <p className="flex flex-wrap items-center gap-x-2">
      {from && (
        <>
          <SlotMark slot={from} filled={false} /> {fromVersion}
          <span aria-hidden>→</span>
          <span className="sr-only">to</span>
        </>
      )}
      <SlotMark slot={to} /> {toVersion}
    </p>
  );
}

/** Only what applied to this kind of run. */
function Facts({ receipt }: { receipt: ReceiptData }) {
  const { windowMs, longestWaitMs, requestsHeld, requestsServed, requestsRefused, dataBytes, dataRows } =
    receipt;
  const { lossless, feed } = receipt;
  const facts: [string, string | null, ReactNode?][] = [
    ["Window", windowMs === null ? null : duration(windowMs), windowMs !== null && forecastNote(receipt)],
    ["Longest wait", longestWaitMs === null ? null : duration(longestWaitMs)],
    ["Requests held", requestsHeld === null ? null : count(requestsHeld)],
    ["Reads served meanwhile", requestsServed ? count(requestsServed) : null],
    ["Requests refused", requestsRefused === null ? null : count(requestsRefused)],
    ["Last changes", feed === null ? null : duration(feed.ms), "to arrive, behind the fence"],
    [
      "Data copied",
      // Beside a feed only what has none is copied, often nothing.
      dataBytes === null || (feed && dataBytes === 0) ? null : bytes(dataBytes),
      dataRows !== null && counted(dataRows, "row"),
    ],
  ];
  // Only a switch leaves something behind or not.
  if (windowMs !== null && lossless !== null)
    facts.push(["Data", lossless ? "Nothing lost" : "Rows left behind"]);
  const known = facts.filter(([, value]) => value !== null);
  if (known.length === 0) return null;
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-6">
      {known.map(([term, value, note]) => (
        <div key={term}>
          <dt className="text-xs text-soft">{term}</dt>
          <dd className="text-lg font-semibold">{value}</dd>
          {note && <dd className="text-xs text-soft">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}

/** What was said before beside what was. */
function forecastNote({ forecastWindowMs, forecastSwitches, feed }: ReceiptData): string | null {
  if (forecastWindowMs === null) return feed && "no forecast: the first switch by a feed";
  const basis = forecastSwitches === null ? "from the last copy's speed" : basisOf(forecastSwitches);
  return `forecast ${duration(forecastWindowMs)}, ${basis}`;
}

/** How long the first answer took, and the last one before visitors came. */
function Warmed({ warm }: { warm: ReceiptData["warm"] }) {
  return (
    <section aria-label="Warmed">
      <h3 className="font-medium">Warmed before the window</h3>
      <ul className="text-soft text-xs">
        {warm.map(({ process, path, firstMs, lastMs, status }) => (
          <li key={`${process} ${path}`}>
            <span className="font-mono">{path}</span> ({process}):{" "}
            {firstMs === null || lastMs === null
              ? "no answer"
              : `${status}, first ${duration(firstMs)}, last ${duration(lastMs)}`}
          </li>
        ))}
      </ul>
    </section>
  );
}

function FeedLine({ feed }: { feed: NonNullable<ReceiptData["feed"]> }) {
  return (
    <p className="text-soft">
      No table was copied while visitors waited: the slot was fed. {counted(feed.sequences, "sequence")}{" "}
      carried. The way back begins at{" "}
      <span className="font-mono text-xs wrap-anywhere">{feed.positions.join(", ") || "no position"}</span>.
    </p>
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
