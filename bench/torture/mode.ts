/** What differs between an app whose data is copied in the window and one whose data follows. Only here. */
import { setTimeout as sleep } from "node:timers/promises";
import type { SlotName, Verb } from "#lib/engine/model.ts";
import type { AppView } from "#lib/operations/views.ts";
import type { Api } from "../day/api.ts";
import { RUN_MS, SHOP } from "../day/shop.ts";
import type { Direction } from "./cells.ts";

export const MODES = ["stream", "snapshot"] as const;
export type ModeName = (typeof MODES)[number];

/** What `npm run torture` and the short form in `npm test` play. */
export const DEFAULT_MODE: ModeName = "stream";

export interface Mode {
  name: ModeName;
  /** How a switch in that direction is asked for. */
  verb(direction: Direction): Extract<Verb, "swap" | "rollback">;
  /** Before the first switch. */
  prepare(api: Api): Promise<void>;
  /** After one that came through, until the next may be asked for. `giveUp` is called before the way back ends. */
  between(api: Api, giveUp: (old: SlotName) => void): Promise<void>;
  /** The other slot gets every write too. */
  feeds: boolean;
  /** Testers may write to the idle slot before its first switch and after `finish`. */
  scratch: boolean;
}

/** A feed may have to be started again after a server came back. */
const SAFE_MS = 120_000;

const stream: Mode = {
  name: "stream",
  feeds: true,
  scratch: false,
  verb: (direction) => (direction === "there" ? "swap" : "rollback"),
  async prepare(api) {
    await api.succeeded(await api.act(SHOP.app, "sync", { mode: "stream" }), RUN_MS);
    await untilSafe(api);
  },
  between: untilSafe,
};

const snapshot: Mode = {
  name: "snapshot",
  feeds: false,
  scratch: true,
  verb: () => "swap",
  prepare: async () => {},
  async between(api, giveUp) {
    const app = await api.app(SHOP.app);
    if (!resting(app)) return;
    giveUp(app.idle);
    await api.succeeded(await api.act(SHOP.app, "finish"), RUN_MS);
  },
};

export const modeOf = (name: ModeName): Mode => (name === "stream" ? stream : snapshot);

export const resting = (app: AppView): boolean => app.slots.some(({ dataState }) => dataState === "resting");

/** Until the app itself says that the other slot has everything and the switch to it loses nothing. */
async function untilSafe(api: Api): Promise<void> {
  const deadline = performance.now() + SAFE_MS;
  for (;;) {
    const app = await api.app(SHOP.app);
    const back = resting(app);
    const safety = back ? app.safeToRollBack : app.safeToSwap;
    const fed = back
      ? app.safeToRollBack.lossless
      : app.slots.some(({ dataState }) => dataState === "following");
    if (safety.ok && fed && !app.activeRun) return;
    if (performance.now() > deadline) {
      const why = safety.reasons.map(({ what }) => what).join(" ") || "the other slot is not fed";
      throw new Error(`the ${back ? "way back" : "swap"} is not lossless: ${why}`);
    }
    await sleep(200);
  }
}
