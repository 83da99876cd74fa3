"use client";
import { useEffect, useRef, useState } from "react";
import type { EventView } from "#lib/operations/views.ts";
import { Panel } from "../ui/panel.tsx";
import { TimeOfDay } from "../ui/time.tsx";
import { eventText } from "./event-text.ts";

/** The run's own log, newest at the bottom. Following stops when somebody scrolls up to read. */
export function EventLog({ events }: { events: EventView[] }) {
  const [follow, setFollow] = useState(true);
  const box = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls when there are new lines
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [follow, events]);

  return (
    <Panel
      title="Log"
      aside={
        <label className="flex min-h-7 items-center gap-1.5 text-xs">
          <input
            type="checkbox"
            checked={follow}
            onChange={(event) => setFollow(event.target.checked)}
            className="accent-ink"
          />
          Follow
        </label>
      }
    >
      {/* biome-ignore-start lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div
        ref={box}
        role="log"
        aria-label="Events of this run"
        aria-live="off"
        tabIndex={0}
        onScroll={({ currentTarget: at }) => {
          if (at.scrollHeight - at.scrollTop - at.clientHeight > 40) setFollow(false);
        }}
        className="h-80 overflow-y-auto rounded border border-line bg-sunken p-2 font-mono text-xs"
      >
        {/* biome-ignore-end lint/a11y/noNoninteractiveTabindex: end */}
        {events.length === 0 && <p className="text-soft">No events yet.</p>}
        {events.map((event) => (
          <div key={event.seq} className="flex gap-2">
            <span className="shrink-0 text-soft">
              <TimeOfDay at={event.at} />
            </span>
            {event.type !== "log" && <span className="shrink-0 text-soft">{event.type}</span>}
            <span className="min-w-0 whitespace-pre-wrap wrap-anywhere">{eventText(event)}</span>
          </div>
        ))}
      </div>
    </Panel>
  );
}
