/** A new key for secrets at rest. Can be killed anywhere: until the end both keys are in the ring. */
import { setTimeout as sleep } from "node:timers/promises";
import { adoptionSeal } from "#lib/config/adoption.ts";
import {
  type KeyRing,
  newKey,
  readKeyRing,
  type SealContext,
  seal,
  unseal,
  writeKeyRing,
} from "#lib/config/seal.ts";
import type { StoreTransaction } from "#lib/store/client.ts";
import type { Prisma } from "#lib/store/generated/client.ts";
import { credentialContext } from "#lib/store/source-credentials.ts";
import { variableContext } from "#lib/store/variables.ts";
import { type OperationContext, requireRole } from "../context.ts";
import { recordAudit } from "../record-audit.ts";
import { keysInUse } from "./keys-in-use.ts";

/** Longer than a transaction may last that read the ring before the new key was in it. */
const SETTLE_MS = 11_000;
/** Any number that nothing else in the store's database locks. */
const ROTATE_LOCK = 5_167_061_123n;

export interface Rotation {
  /** Id of the new key. */
  key: string;
  /** How many values were sealed anew. */
  resealed: number;
  dropped: string[];
  /** Older keys that something still needs, such as a running process's environment, and where. */
  kept: { key: string; neededBy: string[] }[];
}

/** Needs admin and the home's files. One at a time. */
export async function rotateKeys(
  context: OperationContext,
  { settleMs = SETTLE_MS }: { settleMs?: number } = {},
): Promise<Rotation> {
  requireRole(context, "admin");
  const { home, store, actor } = context;
  const timeout = settleMs + 120_000;
  return store.$transaction(
    async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${ROTATE_LOCK})`;
      const before = readKeyRing(home);
      const { id, key } = newKey();
      // First the ring, on disk, with both: from here on everything new is sealed with the new key.
      const ring: KeyRing = { current: id, keys: { ...before.keys, [id]: key } };
      await writeKeyRing(home, ring);
      await sleep(settleMs);
      // A transaction of its own, so that the ring loses nothing before it is durable.
      const resealed = await store.$transaction(
        async (inner) => {
          const rows = await resealAll(inner, ring);
          await recordAudit(inner, actor, { action: "keys.rotate", detail: { key: id, rows } });
          return rows;
        },
        { timeout: 120_000 },
      );
      const needed = await keysInUse(store, home);
      const old = Object.keys(ring.keys).filter((each) => each !== id);
      const kept = old.flatMap((each) => {
        const neededBy = needed.get(each);
        return neededBy ? [{ key: each, neededBy }] : [];
      });
      const dropped = old.filter((each) => !needed.has(each));
      const keys = Object.fromEntries(Object.entries(ring.keys).filter(([each]) => !dropped.includes(each)));
      await writeKeyRing(home, { current: id, keys });
      return { key: id, resealed, dropped, kept };
    },
    { timeout, maxWait: 10_000 },
  );
}

/** Locks the rows' tables against writers, so that no value slips by. */
async function resealAll(tx: StoreTransaction, ring: KeyRing): Promise<number> {
  await tx.$executeRaw`LOCK TABLE variable, source_credential IN SHARE ROW EXCLUSIVE MODE`;
  const again = (sealed: string, context: SealContext) => seal(ring, unseal(ring, sealed, context), context);
  let rows = 0;
  for (const row of await tx.variable.findMany()) {
    const sealed = again(row.sealed, variableContext(row.appId, row.name, row.scope));
    // In SQL: `updatedAt` says when somebody changed the value.
    await tx.$executeRaw`UPDATE variable SET sealed = ${sealed}
      WHERE app_id = ${row.appId} AND name = ${row.name} AND scope = ${row.scope}`;
    rows += 1;
  }
  for (const row of await tx.sourceCredential.findMany()) {
    const sealed = again(row.sealed, credentialContext(row.appId, row.name));
    await tx.sourceCredential.update({ where: { id: row.id }, data: { sealed } });
    rows += 1;
  }
  await tx.$queryRaw`SELECT id FROM app ORDER BY id FOR UPDATE`;
  for (const { id, name, adoption } of await tx.app.findMany()) {
    if (adoption === null) continue;
    const sealed = mapSealed(adoption, (value) => {
      rows += 1;
      return again(value, adoptionSeal(name));
    });
    await tx.app.update({ where: { id }, data: { adoption: sealed as Prisma.InputJsonValue } });
  }
  return rows;
}

/** Every sealed string in it, wherever it stands. */
function mapSealed(value: unknown, change: (sealed: string) => string): unknown {
  if (typeof value === "string") return value.startsWith("s1.") ? change(value) : value;
  if (Array.isArray(value)) return value.map((each) => mapSealed(each, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapSealed(each, change)]));
}
