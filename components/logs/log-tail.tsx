"use client";
import { useEffect, useRef, useState } from "react";
import type { SlotName } from "#lib/engine/model.ts";
import { ConnectionNote } from "../live/connection-note.tsx";
import { type Connection, openStream } from "../live/stream.ts";
import { TimeOfDay } from "../ui/time.tsx";
import { LogControls } from "./log-controls.tsx";

interface Line {
  id: number;
  at: string;
  process: string;
  line: string;
}

const KEPT = 2_000;
/** A busy app writes faster than a screen should be drawn. */
const DRAW_EVERY_MS = 150;

interface Props {
  app: string;
  slot: SlotName;
  /** Null: all of them. */
  process: string | null;
  processes: string[];
}

/** What a slot's processes write, as they write it. A pause keeps the screen still and collects on. */
export function LogTail({ app, slot, process, processes }: Props) {
  const [lines, setLines] = useState<Line[]>([]);
  const [shown, setShown] = useState<Line[] | null>(null);
  const [search, setSearch] = useState("");
  const [connection, setConnection] = useState<Connection>({ state: "connecting", lastSeen: null });
  const box = useRef<HTMLDivElement>(null);
  const next = useRef(0);

  useEffect(() => {
    setLines([]);
    setShown(null);
    const query = process ? `?process=${encodeURIComponent(process)}` : "";
    let opened = false;
    let waiting: Line[] = [];
    const timer = setInterval(() => {
      if (waiting.length === 0) return;
      const taken = waiting;
      waiting = [];
      setLines((before) => [...before, ...taken].slice(-KEPT));
    }, DRAW_EVERY_MS);
    const close = openStream({
      url: `/api/v1/apps/${encodeURIComponent(app)}/logs/${slot}${query}`,
      onConnection(state) {
        // The stream begins with the lines from before, so a new one starts from nothing.
        if (state.state === "lost") opened = false;
        else if (state.state === "live" && !opened) {
          opened = true;
          waiting = [];
          setLines([]);
        }
        setConnection(state);
      },
      onMessage(data) {
        waiting.push({ ...(JSON.parse(data) as Omit<Line, "id">), id: next.current++ });
      },
    });
    return () => {
      close();
      clearInterval(timer);
    };
  }, [app, slot, process]);

  const paused = shown !== null;
  const all = shown ?? lines;
  const wanted = search.toLowerCase();
  const found = wanted === "" ? all : all.filter((line) => line.line.toLowerCase().includes(wanted));

  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls when there are new lines
  useEffect(() => {
    if (!paused && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [paused, lines]);

  return (
    <div className="space-y-3">
      <LogControls
        {...{ app, slot, process, processes, search, onSearch: setSearch, paused }}
        onPause={() => setShown(paused ? null : lines)}
      />
      <div className="flex flex-wrap items-center justify-between gap-2 text-xs text-soft">
        <p role={paused ? "status" : undefined}>
          {wanted === "" ? `${all.length} lines` : `${found.length} of ${all.length} lines`}
          {paused && `; paused, ${Math.max(0, (lines.at(-1)?.id ?? 0) - (shown.at(-1)?.id ?? 0))} new since`}
        </p>
        <ConnectionNote connection={connection} />
      </div>
      {/* biome-ignore-start lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div
        ref={box}
        role="log"
        aria-label={`Log of ${slot}`}
        aria-live="off"
        tabIndex={0}
        className="h-[60dvh] overflow-auto rounded-lg border border-line bg-panel p-3 font-mono text-xs"
      >
        {/* biome-ignore-end lint/a11y/noNoninteractiveTabindex: end */}
        {found.length === 0 && (
          <p className="text-soft">{all.length === 0 ? "Nothing written yet." : "No line has that in it."}</p>
        )}
        {found.map((line) => (
          <div key={line.id} className="flex gap-2">
            <span className="shrink-0 text-soft">
              <TimeOfDay at={line.at} />
            </span>
            {process === null && <span className="w-14 shrink-0 truncate text-soft">{line.process}</span>}
            <span className="min-w-0 whitespace-pre-wrap wrap-anywhere">{line.line}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
