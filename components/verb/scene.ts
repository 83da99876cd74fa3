import type { SlotName } from "#lib/engine/model.ts";
import { otherSlot } from "#lib/engine/model.ts";
import type { AppSummary, AppView, GateView, WayBackView } from "#lib/operations/views.ts";

/** What a verb's dialog needs to know of an app: enough in the cockpit, and enough in the bar of any page. */
export interface Scene {
  app: string;
  /** Somebody else starts its versions. */
  external?: boolean;
  /** Nothing is copied, fenced or compared: only the route is switched. */
  noData?: boolean;
  live: SlotName | null;
  idle: SlotName;
  version: Record<SlotName, string | null>;
  bytes: Record<SlotName, number | null>;
  domains: { host: string; audience: "public" | "staging" }[];
  gate: GateView;
  wayBack: WayBackView | null;
  /** A rollback loses nothing, as far as was last seen. */
  lossless: boolean;
  /** The idle slot is the way back. */
  wayBackOpen: boolean;
  /** The idle slot is kept up by a feed, whether it runs or not. */
  fed: boolean;
}

export function sceneOfView(app: AppView): Scene {
  const slot = (name: SlotName) => app.slots.find((each) => each.slot === name);
  return {
    app: app.name,
    external: app.external !== null,
    noData: app.external !== null && !app.external.data,
    live: app.live,
    idle: app.idle,
    version: { blue: slot("blue")?.release?.version ?? null, green: slot("green")?.release?.version ?? null },
    bytes: { blue: slot("blue")?.data?.bytes ?? null, green: slot("green")?.data?.bytes ?? null },
    domains: app.domains,
    gate: app.gate,
    wayBack: app.safeToRollBack.wayBack,
    lossless: app.safeToRollBack.lossless,
    wayBackOpen: slot(app.idle)?.dataState === "resting",
    fed: slot(app.idle)?.feed != null,
  };
}

export function sceneOfSummary(app: AppSummary): Scene {
  const idle = otherSlot(app.live ?? "green");
  const versionOf = (slot: SlotName) => (slot === app.live ? app.liveVersion : app.idleVersion);
  return {
    app: app.name,
    live: app.live,
    idle,
    version: { blue: versionOf("blue"), green: versionOf("green") },
    bytes: { blue: null, green: null },
    domains: [],
    gate: app.gate,
    wayBack: null,
    lossless: app.wayBack?.lossless ?? false,
    wayBackOpen: app.wayBack !== null,
    fed: app.wayBack?.fed ?? false,
  };
}
