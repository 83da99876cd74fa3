/** What a commit changes. Every function works for the run's claim, whose row it takes. */
import type { ClaimedRun } from "#lib/engine/journal.ts";
import { SLOT_NAMES } from "#lib/engine/model.ts";
import type { Change } from "#lib/engine/plan.ts";
import type { Store, StoreTransaction } from "./client.ts";
import type { Prisma } from "./generated/client.ts";
import { watchChange } from "./watch.ts";

/** Whether a change has parts that are made before its commit, in the same transaction. */
export const needsMore = (change: Change): boolean =>
  [
    change.addRelease,
    change.origins,
    change.addDomain,
    change.removeDomain,
    change.removeDomains,
    change.settings,
  ].some(Boolean);

/** Takes the run's row. False, and nothing is changed: the claim is not the newest. */
export async function prepareChange(tx: StoreTransaction, run: ClaimedRun, change: Change): Promise<boolean> {
  const [mine] = await tx.$queryRaw<{ appId: string }[]>`
    SELECT app_id AS "appId" FROM run WHERE id = ${run.id} AND epoch = ${run.epoch} AND status = 'running' FOR UPDATE`;
  if (!mine) return false;
  const { appId } = mine;
  if (change.addRelease) {
    const { manifest, source, ...release } = change.addRelease;
    await tx.release.create({
      data: {
        ...release,
        appId,
        manifest: manifest as Prisma.InputJsonValue,
        source: (source ?? {}) as Prisma.InputJsonValue,
        createdBy: run.requestedBy,
      },
    });
  }
  for (const name of SLOT_NAMES) {
    const origin = change.origins?.[name];
    if (origin === undefined) continue;
    await tx.$executeRaw`UPDATE app SET adoption = jsonb_set(adoption, ARRAY['origins', ${name}], to_jsonb(${origin}::text))
      WHERE id = ${appId} AND adoption IS NOT NULL`;
  }
  if (change.addDomain) {
    const { host, audience } = change.addDomain;
    await tx.domain.upsert({ where: { host }, create: { host, audience, appId }, update: { audience } });
  }
  if (change.removeDomains) await tx.domain.deleteMany({ where: { appId } });
  if (change.removeDomain) await tx.domain.deleteMany({ where: { host: change.removeDomain, appId } });
  if (change.settings) {
    await tx.$executeRaw`UPDATE app SET settings = settings || ${JSON.stringify(change.settings)}::jsonb WHERE id = ${appId}`;
  }
  return true;
}

/**
 * The commit with the rest of its change, in one statement. Any change raises the app's route version, which the gateways
 * acknowledge. Null: the claim is not the newest; false: an abort, a cancel or a commit was recorded first. Either way
 * nothing was changed.
 */
export async function commitChange(
  store: Store | StoreTransaction,
  run: ClaimedRun,
  position: number,
  change: Change,
): Promise<boolean | null> {
  const { slots = {}, forgetWayBack = false } = change;
  const liveSlot = change.liveSlot ?? null;
  const given = SLOT_NAMES.flatMap((name) => (slots[name] ? [{ name, ...slotColumns(slots[name]) }] : []));
  const watch = watchChange({ liveSlot, slots, forgetWayBack });
  const rows = await store.$queryRaw<{ taken: boolean }[]>`
    WITH mine AS (
      SELECT id, app_id FROM run WHERE id = ${run.id} AND epoch = ${run.epoch} AND status = 'running' FOR UPDATE
    ), taken AS (
      UPDATE run SET committed_at = clock_timestamp() FROM mine WHERE run.id = mine.id
         AND committed_at IS NULL AND abort_reason IS NULL AND cancel_requested_at IS NULL
      RETURNING run.id, run.app_id
    ), step AS (
      UPDATE run_step SET status = 'succeeded', finished_at = clock_timestamp()
        FROM taken WHERE run_id = taken.id AND position = ${position}
    ), event AS (
      INSERT INTO run_event (run_id, seq, at, type, data)
      SELECT id, (SELECT COALESCE(MAX(seq), 0) + 1 FROM run_event WHERE run_id = ${run.id}), clock_timestamp(), 'committed', '{}'
        FROM taken
    ), given AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb) AS given
        (name text, "releaseId" text, "dataState" text, paused boolean, fed boolean, synced boolean,
         previewed boolean, "previewAt" timestamptz, "previewBytes" bigint)
    ), slots AS (
      UPDATE slot SET release_id = COALESCE(given."releaseId", release_id),
             data_state = COALESCE(given."dataState"::"DataState", data_state),
             paused = COALESCE(given.paused, slot.paused), fed = COALESCE(given.fed, slot.fed),
             synced_at = CASE WHEN given.synced THEN clock_timestamp() ELSE synced_at END,
             preview_at = CASE WHEN given.previewed THEN given."previewAt" ELSE preview_at END,
             preview_bytes = CASE WHEN given.previewed THEN given."previewBytes" ELSE preview_bytes END
        FROM taken, given WHERE slot.app_id = taken.app_id AND slot.name = given.name::"SlotName"
    ), forgotten AS (
      DELETE FROM way_back USING taken WHERE way_back.app_id = taken.app_id AND ${forgetWayBack}::boolean
    ), watched AS (
      INSERT INTO watch (app_id, run_id, slot) SELECT app_id, id, ${liveSlot}::"SlotName" FROM taken WHERE ${watch.begins}::boolean
          ON CONFLICT (app_id) DO UPDATE SET run_id = excluded.run_id, slot = excluded.slot, state = NULL
    ), unwatched AS (
      UPDATE watch SET run_id = NULL, slot = NULL, state = NULL FROM taken, app
       WHERE watch.app_id = taken.app_id AND app.id = taken.app_id AND NOT ${watch.begins}::boolean
         AND (${watch.ends}::boolean OR app.live_slot::text = ANY (${watch.endsIfLive}::text[]))
    ), moved AS (
      UPDATE app SET route_version = route_version + 1, live_slot = COALESCE(${liveSlot}::"SlotName", live_slot)
        FROM taken WHERE app.id = taken.app_id RETURNING name
    ), told AS (
      SELECT pg_notify('signalbox_routes', name), pg_notify('signalbox_events', ${run.id}) FROM moved
    )
    SELECT EXISTS (SELECT FROM taken) AS taken, (SELECT count(*) FROM told)::int AS told FROM mine`;
  return rows[0]?.taken ?? null;
}

function slotColumns({ preview, ...rest }: NonNullable<NonNullable<Change["slots"]>["blue"]>) {
  if (preview === undefined) return rest;
  return { ...rest, previewed: true, previewAt: preview?.at ?? null, previewBytes: preview?.bytes ?? null };
}
