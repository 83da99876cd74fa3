"use client";
import dynamic from "next/dynamic";
import type { SlotName } from "#lib/engine/model.ts";
import type { TrafficView } from "#lib/operations/views.ts";
import { count, duration, rate } from "../ui/figures.ts";
import { Notice } from "../ui/notice.tsx";
import { describeSeries, slotTraffic } from "./slot-traffic.ts";

const LineChart = dynamic(() => import("../chart/line-chart.tsx"), {
  ssr: false,
  loading: () => <div className="h-16" />,
});

/** What passes through a slot now, and over the last two minutes. */
export function SlotTrafficFigures({ slot, history }: { slot: SlotName; history: TrafficView[] }) {
  const latest = history.at(-1);
  const now = slotTraffic(latest, slot);
  if (latest && !now) {
    return (
      <Notice kind="warn" title="No gateway answers, so traffic can't be shown.">
        <p>Look at the gateway's log; the supervisor starts it again by itself.</p>
      </Notice>
    );
  }
  const points = history.map((each) => slotTraffic(each, slot));
  const requests = points.map((point) => point?.perSecond ?? null);
  const failed = points.map((point) => point?.failedPerSecond ?? null);
  const figures: [string, string][] = [
    ["Req/s", now ? rate(now.perSecond) : "–"],
    ["Failed/s", now ? rate(now.failedPerSecond) : "–"],
    ["In flight", now ? count(now.inFlight) : "–"],
    ["p50", now?.p50Ms == null ? "–" : duration(now.p50Ms)],
    ["p95", now?.p95Ms == null ? "–" : duration(now.p95Ms)],
  ];
  return (
    <div>
      <dl className="grid grid-cols-5 gap-2">
        {figures.map(([term, value]) => (
          <div key={term} className="flex min-w-0 flex-col-reverse">
            <dt className="truncate text-xs text-soft">{term}</dt>
            <dd
              className={`font-semibold ${term === "Failed/s" && now && now.failedPerSecond > 0 ? "text-danger" : ""}`}
            >
              {value}
            </dd>
          </div>
        ))}
      </dl>
      <figure className="m-0 mt-1">
        <figcaption className="sr-only">{describeSeries(requests)}</figcaption>
        <LineChart
          at={history.map((each) => Date.parse(each.at) / 1000)}
          series={[
            { values: requests },
            {
              values: failed.some((value) => value !== null && value > 0) ? failed : failed.map(() => null),
              look: "alert",
            },
          ]}
        />
      </figure>
    </div>
  );
}
