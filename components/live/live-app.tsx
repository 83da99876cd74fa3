"use client";
import { createContext, type ReactNode, useContext, useEffect, useReducer, useState } from "react";
import type { AppView, LiveEvent, RunView, TrafficView } from "#lib/operations/views.ts";
import { addFeedSample, type FeedSample } from "../feed/feed-history.ts";
import { reportApp } from "./overview.ts";
import { type Connection, openStream } from "./stream.ts";

/** Two minutes of traffic, one point a second. */
const KEPT = 120;

interface State {
  app: AppView;
  /** The active run with its steps, or the last one seen on this page; null before any. */
  run: RunView | null;
  traffic: TrafficView[];
  /** How far behind the feed was; empty where nothing is fed. */
  feedHistory: FeedSample[];
}

interface LiveApp extends State {
  connection: Connection;
}

const Context = createContext<LiveApp | null>(null);

function reduce(state: State, event: LiveEvent): State {
  switch (event.type) {
    case "app":
      return { ...state, app: event.app, feedHistory: addFeedSample(state.feedHistory, event.app) };
    case "run":
      return { ...state, run: event.run };
    case "traffic":
      return { ...state, traffic: [...state.traffic.slice(1 - KEPT), event.traffic] };
  }
}

/** Holds the app as the server last described it: first by the page, then by the live stream. */
export function LiveAppProvider({
  app,
  run,
  children,
}: {
  app: AppView;
  run: RunView | null;
  children: ReactNode;
}) {
  const [state, dispatch] = useReducer(reduce, {
    app,
    run,
    traffic: [],
    feedHistory: addFeedSample([], app),
  });
  const [connection, setConnection] = useState<Connection>({ state: "connecting", lastSeen: null });
  const { name } = app;

  useEffect(() => reportApp(state.app), [state.app]);
  // A page that was rendered again (after an act, or by going back) is fresher than what the stream told before.
  useEffect(() => dispatch({ type: "app", app }), [app]);

  useEffect(
    () =>
      openStream({
        url: `/api/v1/apps/${encodeURIComponent(name)}/live`,
        silenceMs: 10_000,
        onConnection: setConnection,
        onMessage: (data) => dispatch(JSON.parse(data) as LiveEvent),
      }),
    [name],
  );

  return <Context value={{ ...state, connection }}>{children}</Context>;
}

export function useLiveApp(): LiveApp {
  const value = useContext(Context);
  if (!value) throw new Error("useLiveApp needs a LiveAppProvider above it.");
  return value;
}
