"use client";
import dynamic from "next/dynamic";
import type { AppView } from "#lib/operations/views.ts";
import { SlotMark } from "../slot/slot-mark.tsx";
import { bytes, count, duration, roughDuration } from "../ui/figures.ts";
import { Panel } from "../ui/panel.tsx";
import { Tag } from "../ui/tag.tsx";
import { Ago } from "../ui/time.tsx";
import { describeLag, type FedSlot, type FeedSample } from "./feed-history.ts";
import { FeedTrouble } from "./feed-trouble.tsx";
import { carriesAll, feedLook } from "./feed-words.ts";

const HEIGHT = 88;

const LineChart = dynamic(() => import("../chart/line-chart.tsx"), {
  ssr: false,
  loading: () => <div style={{ height: HEIGHT }} />,
});

interface Props {
  app: AppView;
  /** The slot that is fed. */
  slot: FedSlot;
  history: FeedSample[];
}

/** How the live slot's changes reach the other one: which way, how far behind, and what is in the way. */
export function FeedPanel({ app, slot, history }: Props) {
  const { feed } = slot;
  const { word, icon, tone } = feedLook(feed);
  const back = slot.dataState === "resting";
  const ending = feed.state === "lost" || feed.state === "none";
  return (
    <Panel
      className={app.watch ? "lg:col-span-2" : "lg:col-span-3"}
      title={
        <span className="flex flex-wrap items-center gap-x-2">
          Feed <SlotMark slot={feed.from} />
          <span aria-hidden>→</span>
          <span className="sr-only">to</span>
          <SlotMark slot={slot.slot} filled={false} />
        </span>
      }
      aside={
        // Read out when it changes: whether going back loses something hangs on it.
        <span role="status">
          <Tag icon={icon} tone={tone}>
            {word}
          </Tag>
        </span>
      }
    >
      <div className="grid gap-x-6 gap-y-3 lg:grid-cols-[1fr_1fr]">
        <div className="space-y-3">
          {carriesAll(feed) && (
            <p className="text-soft">
              {back
                ? `What is written to ${feed.from} since the swap is carried back to ${slot.slot}, so that going back loses nothing.`
                : `What is written to ${feed.from} is carried to ${slot.slot}; its app may only read. A swap waits for the last changes only.`}
            </p>
          )}
          <FeedTrouble app={app} slot={slot} />
          <dl className="grid grid-cols-2 gap-2 sm:grid-cols-4">
            <Figure term="Behind">{feed.lagMs === null ? "–" : duration(feed.lagMs)}</Figure>
            <Figure term="Rows behind">
              {feed.lagRows === null ? "–" : `${feed.lagRows > 0 ? "~" : ""}${count(feed.lagRows)}`}
            </Figure>
            <Figure term="Log to carry">{feed.lagBytes === null ? "–" : bytes(feed.lagBytes)}</Figure>
            <Figure term="Log kept for it">
              {feed.retainedBytes === null ? "–" : bytes(feed.retainedBytes)}
            </Figure>
          </dl>
        </div>
        <figure className="m-0 min-w-0">
          <figcaption className="sr-only">{describeLag(history)}</figcaption>
          <LineChart
            at={history.map((each) => Date.parse(each.at) / 1000)}
            series={[{ values: history.map(({ lagMs }) => lagMs) }]}
            figure={roughDuration}
            least={100}
            height={HEIGHT}
            axisWidth={50}
          />
          <p className="flex flex-wrap justify-between gap-x-3 text-xs text-soft">
            <span>How far behind, up to five minutes{ending ? "; it carries nothing any more" : ""}</span>
            {feed.at && (
              <span>
                seen <Ago at={feed.at} />
              </span>
            )}
          </p>
        </figure>
      </div>
    </Panel>
  );
}

function Figure({ term, children }: { term: string; children: string }) {
  return (
    <div className="flex min-w-0 flex-col-reverse justify-end">
      <dt className="text-xs text-soft">{term}</dt>
      <dd className="text-lg font-semibold">{children}</dd>
    </div>
  );
}
