import type { ClaimedRun } from "#lib/engine/journal.ts";
import { SLOT_NAMES, type SlotName } from "#lib/engine/model.ts";
import type { Change } from "#lib/engine/plan.ts";
import type { StoreTransaction } from "./client.ts";
import type { Prisma } from "./generated/client.ts";
import { watchChange } from "./watch.ts";

export interface Changing {
  /** The app's row. */
  id: string;
  /** What was live before. */
  live: SlotName | null;
  run: ClaimedRun;
}

/** What a commit changes. Any change of routes raises the app's route version, which the gateways acknowledge. */
export async function applyChange(
  tx: StoreTransaction,
  { id: appId, run, live }: Changing,
  change: Change,
): Promise<void> {
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
  for (const name of SLOT_NAMES) {
    const slot = change.slots?.[name];
    if (!slot) continue;
    const { releaseId = null, dataState = null, paused = null, fed = null, synced = false, preview } = slot;
    // Plain SQL, as visitors wait: nothing is read back.
    await tx.$executeRaw`UPDATE slot SET release_id = COALESCE(${releaseId}, release_id),
        data_state = COALESCE(${dataState}::"DataState", data_state), paused = COALESCE(${paused}, paused),
        fed = COALESCE(${fed}, fed), synced_at = CASE WHEN ${synced} THEN clock_timestamp() ELSE synced_at END,
        preview_at = CASE WHEN ${preview !== undefined} THEN ${preview?.at ?? null}::timestamptz ELSE preview_at END,
        preview_bytes = CASE WHEN ${preview !== undefined} THEN ${preview?.bytes ?? null}::bigint ELSE preview_bytes END
      WHERE app_id = ${appId} AND name = ${name}::"SlotName"`;
  }
  if (change.addDomain) {
    const { host, audience } = change.addDomain;
    await tx.domain.upsert({ where: { host }, create: { host, audience, appId }, update: { audience } });
  }
  if (change.removeDomains) await tx.domain.deleteMany({ where: { appId } });
  if (change.removeDomain) await tx.domain.deleteMany({ where: { host: change.removeDomain, appId } });
  await watchChange(tx, { appId, live, run, change });
  if (change.settings) {
    await tx.$executeRaw`UPDATE app SET settings = settings || ${JSON.stringify(change.settings)}::jsonb WHERE id = ${appId}`;
  }
  await tx.$queryRaw`
    WITH forgotten AS (
      DELETE FROM way_back WHERE app_id = ${appId} AND ${change.forgetWayBack === true}
    ), moved AS (
      UPDATE app SET route_version = route_version + 1,
             live_slot = COALESCE(${change.liveSlot ?? null}::"SlotName", live_slot)
       WHERE id = ${appId} RETURNING name
    )
    SELECT pg_notify('signalbox_routes', name)::text FROM moved`;
}
