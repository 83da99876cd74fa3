"use client";
import { createContext, type ReactNode, useContext, useSyncExternalStore } from "react";

const InitialNow = createContext(0);

/** Hands the server's time to the first render, so that what the browser hydrates is what the server wrote. */
export function Clock({ now, children }: { now: number; children: ReactNode }) {
  return <InitialNow value={now}>{children}</InitialNow>;
}

let current = 0;
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(() => {
    current = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const read = () => {
  if (Date.now() - current > 1000) current = Date.now();
  return current;
};

/** Epoch milliseconds, once a second, one timer for the whole page. */
export function useNow(): number {
  const initial = useContext(InitialNow);
  return useSyncExternalStore(subscribe, read, () => initial);
}

const never = () => () => {};

/** False while the server's markup is being hydrated: what depends on the browser's time zone waits for it. */
export const useHydrated = () =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
