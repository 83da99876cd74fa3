/**
 * Failed attempts to get in make the next ones wait: by account, and by the address they come from. Kept in the
 * store, so that a restart forgets nothing and several web processes count together. Unknown accounts are counted
 * like known ones.
 */
import { createHash } from "node:crypto";
import type { Store } from "#lib/store/client.ts";

interface Limit {
  /** So many failures cost nothing. */
  free: number;
  /** The wait after the next one; doubled by each that follows. Seconds. */
  first: number;
  /** Seconds. */
  longest: number;
}

const LIMITS = {
  account: { free: 5, first: 30, longest: 900 },
  // Offices share an address.
  address: { free: 30, first: 30, longest: 900 },
  // A token can't be guessed in any time; what is limited is the trouble, and a broken script's noise.
  token: { free: 60, first: 10, longest: 60 },
} satisfies Record<string, Limit>;

export type ThrottleKey = `${keyof typeof LIMITS}:${string}`;

/** Failures are forgotten so long after the last one. Seconds. */
const FORGET = 3_600;

/**
 * Counts an attempt as failed before it is made, so that many at once can't slip through together. Answers how long
 * to wait instead, in whole seconds, when one of the keys is blocked; then nothing is counted. Null: go on, and call
 * `forgive` when it succeeded.
 */
export async function attempt(store: Store, keys: ThrottleKey[]): Promise<number | null> {
  const waits = await Promise.all(keys.map((key) => waitFor(store, key)));
  const wait = Math.max(...waits);
  if (wait > 0) return wait;
  const counted = await Promise.all(keys.map((key) => count(store, key)));
  return counted.every(Boolean)
    ? null
    : Math.max(1, ...(await Promise.all(keys.map((key) => waitFor(store, key)))));
}

/** The attempt was a good one: the account's failures are forgotten, the address's are one less. */
export async function forgive(store: Store, keys: ThrottleKey[]): Promise<void> {
  for (const key of keys) {
    if (key.startsWith("account:")) await store.throttle.deleteMany({ where: { key: hashed(key) } });
    else {
      await store.throttle.updateMany({
        where: { key: hashed(key), failures: { gt: 0 } },
        data: { failures: { decrement: 1 }, blockedUntil: null },
      });
    }
  }
}

/** Rows that count for nothing any more. Called now and then. */
export async function forgetOld(store: Store): Promise<void> {
  await store.throttle.deleteMany({ where: { lastAt: { lt: new Date(Date.now() - FORGET * 1000) } } });
}

/** Seconds until the key may try again; 0: now. */
async function waitFor(store: Store, key: ThrottleKey): Promise<number> {
  const row = await store.throttle.findUnique({ where: { key: hashed(key) } });
  const until = row?.blockedUntil?.getTime() ?? 0;
  return Math.max(0, Math.ceil((until - Date.now()) / 1000));
}

/** One statement, so that of many attempts at once each is counted. False: somebody else's just blocked the key. */
async function count(store: Store, key: ThrottleKey): Promise<boolean> {
  const { free, first, longest } = LIMITS[key.slice(0, key.indexOf(":")) as keyof typeof LIMITS];
  const counted = await store.$executeRaw`
    INSERT INTO throttle AS t (key, failures, last_at) VALUES (${hashed(key)}, 1, now())
    ON CONFLICT (key) DO UPDATE SET
      failures = CASE WHEN t.last_at < now() - make_interval(secs => ${FORGET}) THEN 1 ELSE t.failures + 1 END,
      last_at = now(),
      blocked_until = CASE
        WHEN t.last_at < now() - make_interval(secs => ${FORGET}) OR t.failures + 1 < ${free}::int THEN NULL
        ELSE now() + make_interval(secs => least(${longest}::float8, ${first}::float8 * power(2, least(t.failures + 1 - ${free}::int, 20))))
      END
    WHERE t.blocked_until IS NULL OR t.blocked_until <= now()`;
  return counted > 0;
}

/** Addresses and accounts don't stand in the table in clear. */
const hashed = (key: ThrottleKey): string =>
  createHash("sha256").update(key.toLowerCase()).digest("base64url");
