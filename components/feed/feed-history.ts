import type { SlotName } from "#lib/engine/model.ts";
import type { AppView, FeedView, SlotView } from "#lib/operations/views.ts";
import { duration } from "../ui/figures.ts";

/** Five minutes, one point every two seconds. */
const KEPT = 150;

export interface FeedSample {
  /** ISO date of the engine's look. */
  at: string;
  to: SlotName;
  lagMs: number | null;
}

export type FedSlot = SlotView & { feed: FeedView };

/** The slot that is fed; at most one is. */
export const fedSlot = (app: AppView): FedSlot | null =>
  app.slots.find((slot): slot is FedSlot => slot.feed !== null) ?? null;

/** With what the app says now; begins anew when the feed was turned round. */
export function addFeedSample(history: FeedSample[], app: AppView): FeedSample[] {
  const slot = fedSlot(app);
  if (!slot) return [];
  const { at, lagMs } = slot.feed;
  const last = history.at(-1);
  const before = last?.to === slot.slot ? history : [];
  if (at === null || (before.length > 0 && last!.at >= at)) return before;
  return [...before.slice(1 - KEPT), { at, to: slot.slot, lagMs }];
}

/** The chart in words. */
export function describeLag(history: FeedSample[]): string {
  const known = history.map(({ lagMs }) => lagMs).filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return "How far the feed is behind: nothing measured yet.";
  const span = Date.parse(history.at(-1)!.at) - Date.parse(history[0]!.at);
  const since = span > 0 ? `, last ${duration(span)}` : "";
  return `How far the feed is behind${since}: now ${duration(last)}, least ${duration(Math.min(...known))}, most ${duration(Math.max(...known))}.`;
}
