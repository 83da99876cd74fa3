/** An app's rows and surroundings as the cockpit shows them. Pure. */
import { readAdoption } from "#lib/config/adoption.ts";
import { type FedForecast, forecastWindow, type LastCopy } from "#lib/engine/forecast.ts";
import { idleSlot, otherSlot, SLOT_NAMES, type SlotName, VERBS, type Verb } from "#lib/engine/model.ts";
import { permit } from "#lib/engine/permit.ts";
import type { Watch, WayBack } from "#lib/store/generated/client.ts";
import { type AppWithState, appState, isUnprovisioned } from "../app-state.ts";
import type { OperationContext } from "../context.ts";
import { type RunRow, runSummary } from "../run-summary.ts";
import type { AppView, SlotView, WayBackView } from "../views.ts";
import { defaultInput } from "./default-input.ts";
import { feedTrouble } from "./feed-trouble.ts";
import { readObserved } from "./observed-slot.ts";
import { busyFinding, type Surroundings, safety } from "./safety.ts";
import { watchView } from "./watch-view.ts";

export interface AppRows {
  app: AppWithState & { wayBack: WayBack | null; watch: Watch | null };
  active: RunRow | null;
  recent: RunRow[];
  /** The newest full copy; `ms` is how long it took. */
  copied: (LastCopy & { run: string }) | null;
  fedForecast: FedForecast | null;
}

export function appView(
  { app, active, recent, copied, fedForecast }: AppRows,
  around: Pick<Surroundings, "gate" | "gatewaySilent" | "engineSilent" | "now">,
  site: OperationContext["site"],
): AppView {
  const state = appState(app);
  const idle = idleSlot(app.liveSlot);
  const slots = SLOT_NAMES.map((name) => slotView(app, name, app.liveSlot));
  const observed = { blue: observedOf(app, "blue"), green: observedOf(app, "green") };
  const activeRun = active && runSummary(active);
  const wayBack = wayBackView(app.wayBack);
  const all: Surroundings = { ...around, activeRun, observed, wayBack };
  const bytes = app.liveSlot === null ? null : (observed[app.liveSlot]?.data?.bytes ?? null);
  const forecast = forecastWindow(copied, bytes);
  return {
    name: app.name,
    external: externalView(app),
    live: app.liveSlot,
    idle,
    gate: around.gate,
    domains: app.domains.map(({ host, audience }) => ({
      host,
      audience,
      url: siteUrl(site, host),
      reaches: reaches(state.slots, audience === "public" ? app.liveSlot : idle),
    })),
    stagingAccess: app.stagingAccess,
    slots,
    watch: watchView(app, { gate: around.gate, activeRun }),
    activeRun,
    recentRuns: recent.map(runSummary),
    safeToSwap: safety("swap", state, all),
    safeToRollBack: {
      ...safety("rollback", state, all),
      lossless: wayBackIsFed(app, around.now),
      wayBack,
    },
    verbs: Object.fromEntries(
      VERBS.map((verb) => {
        const again = verb === "init" && isUnprovisioned(state);
        const reasons = again ? [] : permit(verb, state, defaultInput(verb, state));
        const blocked = activeRun && verb !== "maintenance" ? [busyFinding(activeRun)] : [];
        return [verb, [...blocked, ...reasons]];
      }),
    ) as Record<Verb, AppView["verbs"][Verb]>,
    forecast: copied && forecast && { ...forecast, basedOnRun: copied.run },
    fedForecast,
  };
}

function externalView({ runtime, adoption: stored }: AppWithState): AppView["external"] {
  const adoption = runtime === "external" ? readAdoption(stored) : null;
  if (!adoption) return null;
  const { blue, green } = adoption.origins;
  return { origins: { blue, green: green ?? null }, data: adoption.data !== null };
}

/** The address a browser opens; the scheme's usual port is left out. */
export function siteUrl({ scheme, port }: OperationContext["site"], host: string): string {
  const usual = scheme === "https" ? 443 : 80;
  return `${scheme}://${host}${port === usual ? "" : `:${port}`}/`;
}

function slotView(app: AppWithState, name: SlotName, live: SlotName | null): SlotView {
  const row = app.slots.find((slot) => slot.name === name);
  const observed = observedOf(app, name);
  return {
    slot: name,
    role: name === live ? "live" : "idle",
    release: row?.release
      ? {
          id: row.release.id,
          version: row.release.version,
          createdAt: row.release.createdAt.toISOString(),
          createdBy: row.release.createdBy,
        }
      : null,
    dataState: row?.dataState ?? "empty",
    paused: row?.paused ?? false,
    syncedAt: row?.syncedAt?.toISOString() ?? null,
    observedAt: row?.observedAt?.toISOString() ?? null,
    processes: observed?.processes ?? [],
    data: observed?.data ?? null,
    preview: row?.previewAt
      ? { at: row.previewAt.toISOString(), bytes: Number(row.previewBytes ?? 0) }
      : null,
    feed: row?.fed ? { from: otherSlot(name), ...(observed?.feed ?? UNSEEN) } : null,
  };
}

const UNSEEN = {
  state: null,
  reason: null,
  lagMs: null,
  lagRows: null,
  lagBytes: null,
  retainedBytes: null,
  schemaChanges: [],
  at: null,
};

/** Whether a rollback would lose nothing, as the feed was last seen. `now`: epoch milliseconds. */
export function wayBackIsFed(app: AppWithState, now: number): boolean {
  if (app.liveSlot === null) return false;
  const to = otherSlot(app.liveSlot);
  const resting = app.slots.some(({ name, dataState, fed }) => name === to && dataState === "resting" && fed);
  return resting && feedTrouble(observedOf(app, to)?.feed, to, "back", now) === null;
}

const observedOf = (app: AppWithState, name: SlotName) =>
  readObserved(app.slots.find((slot) => slot.name === name)?.observed ?? null);

const reaches = (
  slots: Record<SlotName, { version: string | null; paused: boolean }>,
  slot: SlotName | null,
): SlotName | null => (slot !== null && slots[slot].version !== null && !slots[slot].paused ? slot : null);

const wayBackView = (row: WayBack | null): WayBackView | null =>
  row && {
    inserted: row.inserted,
    changed: row.changed,
    deleted: row.deleted,
    exact: row.exact,
    lossless: row.lossless,
    reason: row.reason,
    measuredAt: row.measuredAt.toISOString(),
  };
