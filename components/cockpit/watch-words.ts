import type { WatchView } from "#lib/operations/views.ts";

/** The verdict in a sentence. */
export function verdictWords({ verdict, after, minRequests }: WatchView): string {
  switch (verdict) {
    case "calm":
      return "Visitors fare as before the swap.";
    case "worse":
      return "Visitors fare worse than before the swap.";
    case "bad":
      return "It is bad for visitors. Roll back if you can.";
    case null:
      return after.requests === 0
        ? "No requests to judge by yet."
        : `Too few requests to tell: ${after.requests} of ${minRequests}.`;
  }
}
