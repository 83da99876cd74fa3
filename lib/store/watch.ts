/** The row of an app's watch: begun and ended by the commits that it is about, kept up by the engine. */
import { otherSlot, SLOT_NAMES, type SlotName } from "#lib/engine/model.ts";
import type { Change } from "#lib/engine/plan.ts";
import type { WatchState } from "#lib/engine/watch-state.ts";
import type { Store, StoreTransaction } from "./client.ts";
import type { Prisma } from "./generated/client.ts";

/** How many releases that were gone back from are remembered per app. */
const DISTRUSTED = 50;

/**
 * What a commit does to the watch. A switch that leaves the former live slot resting begins one; whatever else changes
 * what is live, or ends the way back, ends it. `endsIfLive`: the slots of which that is so only when they are live.
 */
export function watchChange({
  liveSlot,
  slots = {},
  forgetWayBack = false,
}: Pick<Change, "slots" | "forgetWayBack"> & { liveSlot: SlotName | null }): {
  begins: boolean;
  ends: boolean;
  endsIfLive: SlotName[];
} {
  return {
    begins: liveSlot !== null && slots[otherSlot(liveSlot)]?.dataState === "resting",
    ends: liveSlot !== null || forgetWayBack,
    endsIfLive: SLOT_NAMES.filter((name) => slots[name]?.releaseId),
  };
}

/** A switch that was committed, with what the engine needs to go on watching it. */
export interface OpenWatch {
  appId: string;
  app: string;
  runId: string;
  kind: string;
  slot: SlotName;
  settings: unknown;
  release: { id: string; version: string };
  state: unknown;
  /** By the store's clock; null while the run has not come so far. */
  heldAt: Date | null;
  releasedAt: Date | null;
}

/** Of every app, with the store's time. */
export async function openWatches(store: Store): Promise<{ now: Date; watches: OpenWatch[] }> {
  const [row] = await store.$queryRaw<[{ now: Date }]>`SELECT clock_timestamp() AS now`;
  const watches = await store.$queryRaw<OpenWatch[]>`
    SELECT app.id AS "appId", app.name AS app, run.id AS "runId", run.kind, watch.slot::text AS slot, app.settings,
      watch.state, json_build_object('id', release.id, 'version', release.version) AS release,
      (SELECT started_at FROM run_step WHERE run_id = run.id AND name = 'hold') AS "heldAt",
      (SELECT finished_at FROM run_step WHERE run_id = run.id AND name = 'release' AND status = 'succeeded')
        AS "releasedAt"
    FROM watch JOIN app ON app.id = watch.app_id JOIN run ON run.id = watch.run_id
      JOIN slot ON slot.app_id = app.id AND slot.name = watch.slot JOIN release ON release.id = slot.release_id
    WHERE app.removed_at IS NULL`;
  return { now: row.now, watches };
}

/** Nothing when the watch is over meanwhile. */
export async function keepWatch(store: Store, watch: OpenWatch, state: WatchState): Promise<void> {
  const { appId, runId } = watch;
  await store.watch.updateMany({
    where: { appId, runId },
    data: { state: state as unknown as Prisma.InputJsonObject },
  });
}

/** The release is not gone back from by itself again. False when the watch is over meanwhile. */
export async function distrust(
  tx: StoreTransaction,
  { appId, runId, releaseId }: { appId: string; runId: string; releaseId: string },
): Promise<boolean> {
  const row = await tx.watch.findFirst({ where: { appId, runId } });
  if (!row) return false;
  const distrusted = [...row.distrusted.filter((id) => id !== releaseId), releaseId].slice(-DISTRUSTED);
  await tx.watch.update({ where: { appId }, data: { distrusted } });
  return true;
}
