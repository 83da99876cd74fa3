import type { DataState, SlotName } from "#lib/engine/model.ts";

/** A slot is told by its word, its shape (blue: square, green: round) and its colour, in that order. */
export const slotWord: Record<SlotName, string> = { blue: "Blue", green: "Green" };

export const slotText: Record<SlotName, string> = { blue: "text-blue", green: "text-green" };
export const slotBorder: Record<SlotName, string> = { blue: "border-blue", green: "border-green" };
export const slotWash: Record<SlotName, string> = { blue: "bg-blue-wash", green: "bg-green-wash" };

export const dataStateWords: Record<DataState, { word: string; meaning: string }> = {
  empty: { word: "empty", meaning: "No data yet; the first deploy makes it." },
  scratch: { word: "scratch", meaning: "Testers may write here. It goes live only after a new copy." },
  following: { word: "following", meaning: "A copy of the live data that nobody has written to." },
  authoritative: { word: "authoritative", meaning: "The data that counts." },
  resting: { word: "resting", meaning: "The former live data, kept read only as the way back." },
};
