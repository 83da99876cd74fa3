/** How the idle slot gets live's data: the only place where a bench of switches differs by it. */
import type { AppView } from "#lib/operations/views.ts";
import type { Act } from "./acts.ts";

export interface Mode {
  name: "stream" | "snapshot";
  /** Slots feed each other, so that after the last switch both hold the same. */
  bothSides: boolean;
  /** Once, when the new release waits in the idle slot. */
  prepare(act: Act): Promise<void>;
  /** Of the switch with this number, from 0 on. */
  verb(index: number): "swap" | "rollback";
  /** Why that switch can't lose nothing yet; null when it can. */
  notReady(app: AppView, verb: "swap" | "rollback"): string | null;
  /** After a switch that another one follows. */
  between(act: Act): Promise<void>;
}

/** The idle slot follows live all the time, also after a swap and after a rollback: nothing to do in between. */
const stream: Mode = {
  name: "stream",
  bothSides: true,
  prepare: (act) => act("sync", { mode: "stream" }),
  verb: (index) => (index % 2 === 0 ? "swap" : "rollback"),
  notReady(app, verb) {
    const safety = verb === "swap" ? app.safeToSwap : app.safeToRollBack;
    if (!safety.ok) return `${verb} is refused: ${safety.reasons.map(({ what }) => what).join(" ")}`;
    if (verb === "rollback" && !app.safeToRollBack.lossless) return "a rollback would lose writes";
    const idle = app.slots.find(({ slot }) => slot === app.idle);
    if (verb === "swap" && idle?.dataState !== "following")
      return `the idle slot is ${idle?.dataState}, not following`;
    return null;
  },
  between: async () => {},
};

/** Every switch copies everything while visitors wait; a rollback would lose what was written since. */
const snapshot: Mode = {
  name: "snapshot",
  bothSides: false,
  prepare: (act) => act("sync", { mode: "snapshot" }),
  verb: () => "swap",
  notReady: ({ safeToSwap }) =>
    safeToSwap.ok ? null : `swap is refused: ${safeToSwap.reasons.map(({ what }) => what).join(" ")}`,
  async between(act) {
    await act("finish");
    // The old release would lack what the new one added, and may not follow it.
    await act("deploy");
    await act("sync", { mode: "snapshot" });
  },
};

export const MODES = { stream, snapshot } satisfies Record<string, Mode>;
export type ModeName = keyof typeof MODES;
