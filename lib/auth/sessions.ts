/** Where somebody is signed in: on which device, since when, and how to end it. */
import type { OperationContext } from "#lib/operations/context.ts";
import { notFound } from "#lib/operations/errors.ts";
import { recordAudit } from "#lib/operations/record-audit.ts";
import type { Store } from "#lib/store/client.ts";
import { personId } from "./account.ts";
import { deviceWords } from "./device-words.ts";

/** A session ends when it was not used for so long. Its end in any case: SESSION_DAYS in auth.ts. */
export const IDLE_MS = 7 * 86_400_000;
const SEEN_NOTED_MS = 60_000;

export interface SessionView {
  id: string;
  /** "Firefox on Linux" */
  device: string;
  address: string | null;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
  /** The one that asks. */
  current: boolean;
}

/** One's own, the newest use first. */
export async function listSessions(
  { store, actor }: OperationContext,
  current: string | undefined,
): Promise<SessionView[]> {
  const rows = await store.session.findMany({
    where: { userId: personId(actor), ...lasting() },
    orderBy: { updatedAt: "desc" },
  });
  return rows.map((row) => ({
    id: row.id,
    device: deviceWords(row.userAgent),
    address: row.ipAddress || null,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.updatedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    current: row.id === current,
  }));
}

/** One of one's own. Throws `not-found`. */
export async function endSession({ store, actor }: OperationContext, id: string): Promise<void> {
  const userId = personId(actor);
  await store.$transaction(async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { id, userId } });
    if (count === 0) throw notFound("There is no such session.");
    await recordAudit(tx, actor, { action: "account.end-sessions", detail: { session: id } });
  });
}

/** All but the one that asks. Answers how many. */
export async function endOtherSessions(
  { store, actor }: OperationContext,
  keep: string | undefined,
): Promise<number> {
  const userId = personId(actor);
  return store.$transaction(async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { userId, ...(keep && { id: { not: keep } }) } });
    await recordAudit(tx, actor, { action: "account.end-sessions", detail: { count } });
    return count;
  });
}

/** Notes that the session is used, now and then. False: it lay idle for too long and is over now. */
export async function noteSeen(store: Store, session: { id: string; updatedAt: Date }): Promise<boolean> {
  const idle = Date.now() - session.updatedAt.getTime();
  if (idle > IDLE_MS) {
    await store.session.deleteMany({ where: { id: session.id } });
    return false;
  }
  if (idle > SEEN_NOTED_MS) {
    await store.session.updateMany({ where: { id: session.id }, data: { updatedAt: new Date() } });
  }
  return true;
}

const lasting = () => ({ expiresAt: { gt: new Date() }, updatedAt: { gt: new Date(Date.now() - IDLE_MS) } });
