import type { ClaimedRun } from "#lib/engine/journal.ts";
import { SLOT_NAMES } from "#lib/engine/model.ts";
import type { Change } from "#lib/engine/plan.ts";
import type { StoreTransaction } from "./client.ts";
import type { Prisma } from "./generated/client.ts";

/** What a commit changes. Any change of routes raises the app's route version, which the gateways acknowledge. */
export async function applyChange(tx: StoreTransaction, run: ClaimedRun, change: Change): Promise<void> {
  const app = await tx.app.findUniqueOrThrow({ where: { name: run.app }, select: { id: true } });
  const appId = app.id;
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
    const { synced, preview, ...fields } = slot;
    await tx.slot.update({
      where: { appId_name: { appId, name } },
      data: {
        ...fields,
        ...(synced ? { syncedAt: new Date() } : {}),
        ...(preview === undefined
          ? {}
          : { previewAt: preview?.at ?? null, previewBytes: preview && BigInt(preview.bytes) }),
      },
    });
  }
  if (change.addDomain) {
    const { host, audience } = change.addDomain;
    await tx.domain.upsert({ where: { host }, create: { host, audience, appId }, update: { audience } });
  }
  if (change.removeDomains) await tx.domain.deleteMany({ where: { appId } });
  if (change.removeDomain) await tx.domain.deleteMany({ where: { host: change.removeDomain, appId } });
  if (change.forgetWayBack) await tx.wayBack.deleteMany({ where: { appId } });
  if (change.settings) {
    await tx.$executeRaw`UPDATE app SET settings = settings || ${JSON.stringify(change.settings)}::jsonb WHERE id = ${appId}`;
  }
  const { liveSlot } = change;
  await tx.app.update({
    where: { id: appId },
    data: { routeVersion: { increment: 1 }, ...(liveSlot ? { liveSlot } : {}) },
  });
  await tx.$executeRaw`SELECT pg_notify('signalbox_routes', ${run.app})`;
}
