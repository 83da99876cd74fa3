"use client";
import { useEffect, useRef, useState } from "react";
import type { EventView, RunView } from "#lib/operations/views.ts";
import { type Connection, openStream } from "./stream.ts";

/** What the page keeps of a long log; all of it is at the API. */
const KEPT_EVENTS = 2_000;
const READ_AGAIN_MS = 250;

/** A run as it goes: its events from the stream, and the run itself read again after news. */
export function useRun(initial: RunView, initialEvents: EventView[]) {
  const { id } = initial;
  const [run, setRun] = useState(initial);
  const [events, setEvents] = useState(initialEvents);
  const [connection, setConnection] = useState<Connection>({ state: "connecting", lastSeen: null });
  const lastSeq = useRef(initialEvents.at(-1)?.seq ?? 0);
  const over = run.finishedAt !== null;

  useEffect(() => {
    if (over) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const path = `/api/v1/runs/${encodeURIComponent(id)}`;

    // The stream ends with the run; what is missing then is only the run's own last word.
    let ended = false;

    // One at a time, so that an older answer never comes after a newer one.
    let reading = false;
    let wanted = false;

    function readAgain() {
      wanted = true;
      if (reading) return;
      reading = true;
      timer = setTimeout(read, READ_AGAIN_MS);
    }

    async function read() {
      wanted = false;
      let finished = false;
      try {
        const response = await fetch(path, { signal: abort.signal, headers: { accept: "application/json" } });
        if (response.ok) {
          const next = (await response.json()) as RunView;
          finished = next.finishedAt !== null;
          setRun(next);
        }
      } catch {
        // The stream says that the dashboard is away, and when it is back there is news.
      }
      reading = false;
      if (!abort.signal.aborted && !finished && (wanted || ended)) readAgain();
    }

    const close = openStream({
      url: `${path}/events?after=${lastSeq.current}`,
      onConnection(next) {
        if (ended) return;
        setConnection(next);
        if (next.state === "live") readAgain();
      },
      onMessage(data) {
        const message = JSON.parse(data) as Partial<EventView>;
        if (message.type === "finished") ended = true;
        readAgain();
        if (typeof message.seq !== "number" || message.seq <= lastSeq.current) return;
        lastSeq.current = message.seq;
        setEvents((before) => [...before.slice(1 - KEPT_EVENTS), message as EventView]);
      },
    });
    return () => {
      close();
      abort.abort();
      clearTimeout(timer);
    };
  }, [id, over]);

  return { run, events, connection };
}
