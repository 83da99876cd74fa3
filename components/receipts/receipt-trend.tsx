"use client";
import dynamic from "next/dynamic";
import type { ReceiptEntry } from "#lib/operations/views.ts";
import { roughDuration } from "../ui/figures.ts";
import { describeTrend } from "./trend-words.ts";

const HEIGHT = 112;

const LineChart = dynamic(() => import("../chart/line-chart.tsx"), {
  ssr: false,
  loading: () => <div style={{ height: HEIGHT }} />,
});

/** Window and longest wait of each switch, oldest at the left. */
export function ReceiptTrend({ receipts }: { receipts: ReceiptEntry[] }) {
  const inOrder = receipts.toReversed();
  return (
    <figure className="m-0">
      <figcaption className="sr-only">{describeTrend(receipts)}</figcaption>
      <LineChart
        at={inOrder.map((_, index) => index)}
        series={[
          { values: inOrder.map(({ receipt }) => receipt.windowMs) },
          { values: inOrder.map(({ receipt }) => receipt.longestWaitMs), look: "second" },
        ]}
        figure={roughDuration}
        least={100}
        height={HEIGHT}
        axisWidth={50}
        points
      />
      <p aria-hidden className="flex flex-wrap gap-x-4 text-xs text-soft">
        <span className="flex items-center gap-1.5">
          <span className="w-5 border-t-2 border-ink" /> Window
        </span>
        <span className="flex items-center gap-1.5">
          <span className="w-5 border-t-2 border-dotted border-soft" /> Longest wait
        </span>
        <span className="ml-auto">oldest at the left</span>
      </p>
    </figure>
  );
}
