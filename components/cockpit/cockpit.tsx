"use client";
import Link from "next/link";
import { fedSlot } from "../feed/feed-history.ts";
import { FeedPanel } from "../feed/feed-panel.tsx";
import { GateNote } from "../gate/gate-note.tsx";
import { ConnectionNote } from "../live/connection-note.tsx";
import { useLiveApp } from "../live/live-app.tsx";
import { RunList } from "../run/run-list.tsx";
import { SlotPanel } from "../slot/slot-panel.tsx";
import { TrackPanel } from "../track/track-panel.tsx";
import { Panel } from "../ui/panel.tsx";
import { DomainsPanel } from "./domains-panel.tsx";
import { NextPanel } from "./next-panel.tsx";
import { NowPanel } from "./now-panel.tsx";
import { RollbackSafetyPanel, SwapSafetyPanel } from "./safety-panels.tsx";
import { WatchPanel } from "./watch-panel.tsx";

/** One look: what is live, who gets what, is it safe to swap or to go back, what is happening now. */
export function Cockpit() {
  const { app, run, traffic, feedHistory, connection } = useLiveApp();
  const fed = fedSlot(app);
  const base = `/apps/${encodeURIComponent(app.name)}`;
  const lost = connection.state === "lost";
  const waiting = traffic.at(-1)?.waiting ?? 0;
  return (
    <div className="space-y-3">
      {lost && (
        // Stays in sight wherever on the page somebody reads figures that are not fresh.
        <div className="sticky top-16 z-5 flex justify-end">
          <ConnectionNote connection={connection} />
        </div>
      )}
      <GateNote gate={app.gate} waiting={waiting} />
      <div className="grid gap-3 lg:grid-cols-3">
        <Panel
          title="Tracks"
          className="lg:col-span-2"
          aside={!lost && <ConnectionNote connection={connection} />}
        >
          <TrackPanel app={app} />
        </Panel>
        <NextPanel app={app} />
        <SwapSafetyPanel app={app} />
        <RollbackSafetyPanel app={app} />
        <NowPanel app={app} run={run} />
        {fed && <FeedPanel app={app} slot={fed} history={feedHistory} />}
        <WatchPanel app={app} />
      </div>
      <div className="grid gap-3 lg:grid-cols-2">
        {app.slots.map((slot) => (
          <SlotPanel key={slot.slot} app={app} slot={slot} traffic={traffic} />
        ))}
        <DomainsPanel app={app} />
        <Panel
          title="Recent runs"
          aside={
            <span className="flex gap-3">
              <Link href={`${base}/receipts`} className="py-1 underline underline-offset-2">
                Receipts
              </Link>
              <Link href={`${base}/runs`} className="py-1 underline underline-offset-2">
                All runs
              </Link>
            </span>
          }
        >
          {app.recentRuns.length > 0 ? (
            <RunList runs={app.recentRuns.slice(0, 5)} />
          ) : (
            <p className="text-soft">None yet.</p>
          )}
        </Panel>
      </div>
    </div>
  );
}
