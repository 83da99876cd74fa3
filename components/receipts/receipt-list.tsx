import { CircleCheck, Download, TriangleAlert } from "lucide-react";
import Link from "next/link";
import type { Receipt, ReceiptEntry } from "#lib/operations/views.ts";
import { SlotShape } from "../slot/slot-mark.tsx";
import { count, duration } from "../ui/figures.ts";
import { Tag } from "../ui/tag.tsx";
import { Ago } from "../ui/time.tsx";
import { verbWords } from "../verb/verb-words.ts";

/** Swaps and rollbacks, newest first: who, when, from what to what, and what visitors noticed. */
export function ReceiptList({ receipts }: { receipts: ReceiptEntry[] }) {
  return (
    <ul className="divide-y divide-line">
      {receipts.map(({ run, receipt }) => (
        <li
          key={run.id}
          className="grid gap-x-4 gap-y-1 py-3 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)_auto]"
        >
          <div className="min-w-0">
            <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <Link
                href={`/runs/${encodeURIComponent(run.id)}`}
                className="py-1 font-medium underline underline-offset-2"
              >
                {verbWords[run.kind].run}
              </Link>
              <Way receipt={receipt} />
            </p>
            <p className="text-soft">
              {run.requestedBy.name}, <Ago at={run.finishedAt ?? run.requestedAt} />
            </p>
          </div>
          <dl className="grid grid-cols-2 gap-x-4 gap-y-1 sm:grid-cols-4">
            <Figure term="Window">{receipt.windowMs === null ? "–" : duration(receipt.windowMs)}</Figure>
            <Figure term="Longest wait">
              {receipt.longestWaitMs === null ? "–" : duration(receipt.longestWaitMs)}
            </Figure>
            <Figure term="Held">{receipt.requestsHeld === null ? "–" : count(receipt.requestsHeld)}</Figure>
            <Figure term="Refused">
              {receipt.requestsRefused === null ? "–" : count(receipt.requestsRefused)}
            </Figure>
          </dl>
          <p className="flex items-center justify-between gap-3 lg:w-56 lg:justify-end">
            <Lossless receipt={receipt} />
            <a
              href={`/api/v1/runs/${encodeURIComponent(run.id)}`}
              download={`run-${run.id}.json`}
              className="inline-flex min-h-7 items-center gap-1 text-xs underline underline-offset-2 pointer-coarse:min-h-11"
            >
              <Download aria-hidden className="size-3.5" /> JSON
              <span className="sr-only">
                {" "}
                of the {run.kind} from {receipt.fromVersion} to {receipt.toVersion}
              </span>
            </a>
          </p>
        </li>
      ))}
    </ul>
  );
}

function Way({ receipt: { from, to, fromVersion, toVersion } }: { receipt: Receipt }) {
  if (!from || !to) return null;
  return (
    <span className="inline-flex flex-wrap items-center gap-1.5 font-mono text-xs">
      <SlotShape slot={from} filled={false} />
      <span className="sr-only">{from}</span> {fromVersion ?? "?"}
      <span aria-hidden>→</span>
      <span className="sr-only">to</span>
      <SlotShape slot={to} />
      <span className="sr-only">{to}</span> {toVersion ?? "?"}
    </span>
  );
}

function Lossless({ receipt: { lossless, loss } }: { receipt: Receipt }) {
  if (lossless === null) return <span />;
  if (lossless) return <Tag icon={CircleCheck}>Nothing lost</Tag>;
  const rows = loss ? loss.inserted + loss.changed + loss.deleted : null;
  return (
    <Tag icon={TriangleAlert} tone="warn">
      {rows === null ? "Rows left behind" : `${count(rows)} left behind`}
    </Tag>
  );
}

function Figure({ term, children }: { term: string; children: string }) {
  return (
    <div>
      <dt className="text-xs text-soft">{term}</dt>
      <dd className="font-semibold">{children}</dd>
    </div>
  );
}
