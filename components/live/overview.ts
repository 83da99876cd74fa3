"use client";
import { useEffect, useLayoutEffect, useSyncExternalStore } from "react";
import type { AppSummary, AppView } from "#lib/operations/views.ts";

/** What the bar on every page knows of all apps: asked for now and then, and told by the page's own stream. */
export interface Overview {
  apps: AppSummary[];
  /** Epoch milliseconds since when the server hasn't answered; null while it does. */
  lostSince: number | null;
  /** The session is over: ended elsewhere, or by itself. */
  signedOut: boolean;
}

const ASK_EVERY_MS = 4_000;

let overview: Overview | null = null;
const fresh = (apps: AppSummary[]): Overview => ({ apps, lostSince: null, signedOut: false });
const listeners = new Set<() => void>();

function set(next: Overview) {
  overview = next;
  for (const listener of listeners) listener();
}

/** A page with a live stream knows its app sooner than the next question would. */
export function reportApp(app: AppView): void {
  if (!overview) return;
  const idle = app.slots.find((slot) => slot.slot === app.idle);
  const live = app.slots.find((slot) => slot.slot === app.live);
  const summary = (old: AppSummary): AppSummary => ({
    ...old,
    live: app.live,
    liveVersion: live?.release?.version ?? null,
    idleVersion: idle?.release?.version ?? null,
    gate: app.gate,
    activeRun: app.activeRun,
    lastRun: app.recentRuns[0] ?? old.lastRun,
    wayBack: app.safeToRollBack.ok
      ? {
          slot: app.idle,
          version: idle?.release?.version ?? null,
          fed: idle?.feed != null,
          lossless: app.safeToRollBack.lossless,
        }
      : null,
  });
  set({ ...overview, apps: overview.apps.map((each) => (each.name === app.name ? summary(each) : each)) });
}

let silence = new AbortController();

/** Asks nothing more and drops an open question: for when the session ends and answers would be refusals. */
export function stopAsking(): void {
  silence.abort();
}

export function askAgain(): void {
  silence = new AbortController();
}

/** A question that is still open when the next one is due was not answered. */
async function ask(leaving: AbortSignal) {
  const closed = AbortSignal.any([leaving, silence.signal]);
  if (closed.aborted) return;
  const signal = AbortSignal.any([closed, AbortSignal.timeout(ASK_EVERY_MS - 500)]);
  try {
    const response = await fetch("/api/v1/apps", { signal, headers: { accept: "application/json" } });
    if (response.status === 401 && overview) return set({ ...overview, lostSince: null, signedOut: true });
    if (!response.ok) throw new Error(`status ${response.status}`);
    set(fresh(((await response.json()) as { apps: AppSummary[] }).apps));
  } catch {
    if (closed.aborted || !overview) return;
    set({ ...overview, lostSince: overview.lostSince ?? Date.now() });
  }
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The apps as last heard; `initial` is what the server rendered. */
export function useOverview(initial: AppSummary[]): Overview {
  useEffect(() => set(fresh(initial)), [initial]);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void ask(abort.signal);
    }, ASK_EVERY_MS);
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, []);
  const heard = useHeard();
  return heard ?? fresh(initial);
}

/** The apps as the bar last heard of them, for a part of the page below it. */
export function useApps(initial: AppSummary[]): AppSummary[] {
  // A page is fresher than what was heard before it; nothing older is to be painted over it.
  useLayoutEffect(() => {
    if (overview) set({ ...overview, apps: initial });
  }, [initial]);
  return useHeard()?.apps ?? initial;
}

const useHeard = (): Overview | null =>
  useSyncExternalStore(
    subscribe,
    () => overview,
    () => null,
  );
