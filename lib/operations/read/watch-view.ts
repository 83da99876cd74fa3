/** How visitors fare since the last swap, as the cockpit shows it. Pure. */
import { appSettings } from "#lib/config/app-settings.ts";
import { whyNotArmed } from "#lib/engine/arming.ts";
import { otherSlot } from "#lib/engine/model.ts";
import { p95, type Tally } from "#lib/engine/tally.ts";
import { readWatchState } from "#lib/engine/watch-state.ts";
import { LATENCY_BOUNDS_MS } from "#lib/gateway/latencies.ts";
import { appState } from "../app-state.ts";
import type { GateView, Met, RunSummary, WatchView } from "../views.ts";
import type { AppRows } from "./app-view.ts";

/** Null when nothing is watched, and until visitors are served again after a switch. */
export function watchView(
  app: AppRows["app"],
  { gate, activeRun }: { gate: GateView; activeRun: RunSummary | null },
  now = Date.now(),
): WatchView | null {
  const { watch } = app;
  const state = readWatchState(watch?.state);
  if (!watch?.runId || !watch.slot || !state) return null;
  const settings = appSettings(app.settings);
  const over = now >= Date.parse(state.until);
  const why = whyNotArmed({
    autoRollback: settings.autoRollback,
    kind: state.kind,
    release: state.release,
    distrusted: watch.distrusted,
    automaticRun: state.automaticRun,
    old: { fed: false, ...appState(app).slots[otherSlot(watch.slot)] },
    wayBack: app.wayBack,
    gate,
    busy: activeRun?.requestedBy.name ?? null,
  });
  return {
    runId: watch.runId,
    slot: watch.slot,
    version: state.release.version,
    since: state.since,
    until: state.until,
    over,
    verdict: state.verdict,
    reasons: state.reasons,
    before: met(state.before),
    after: met(state.after),
    minRequests: settings.watch.minRequests,
    automatic: {
      armed: !over && why === null,
      why: over ? "The watch is over." : why,
      runId: state.automaticRun,
    },
  };
}

const met = (tally: Tally): Met => ({
  requests: tally.requests,
  failed: tally.failed,
  writes: tally.writes,
  writesFailed: tally.writesFailed,
  p95Ms: p95(tally, LATENCY_BOUNDS_MS),
});
