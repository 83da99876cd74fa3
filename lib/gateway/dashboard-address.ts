/** Where the web process listens. Its port is settled by the supervisor and may be another one after a restart. */
import type { Home } from "#lib/config/home.ts";
import { readPorts } from "#lib/config/open-home.ts";

const KEEP_MS = 1_000;

/** Looks at the home's ports again every second while it is asked. Null when there has never been an answer. */
export function dashboardAddress(home: Home): () => { host: string; port: number } | null {
  let known: { host: string; port: number } | null = null;
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - readAt < KEEP_MS) return known;
    readAt = now;
    try {
      known = { host: "127.0.0.1", port: readPorts(home).web };
    } catch {
      // Kept as it was.
    }
    return known;
  };
}
