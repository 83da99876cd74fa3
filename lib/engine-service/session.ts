/**
 * The engine's own connection to the store. While it stands, this engine is the one that works: others wait for
 * its lock, and end it when it has said nothing for the length of a lease. Also hears what is asked for.
 */
import { randomInt } from "node:crypto";
import pg from "pg";
import { LEASE_MS } from "#lib/store/claim.ts";

/** Advisory lock of the engine that works; any number does that nothing else in the store uses. */
const WORKING = 5_173_646_271n;
const BEAT_MS = 500;
/** Less than the lease, so that an engine stops before another may begin. */
const TRUST_MS = LEASE_MS - 1_000;
/** For the server to notice that our own lost session is gone. */
const OWN_LOCK_MS = 1_000;

export interface EngineSession {
  /** Advisory lock held by this engine alone; free as soon as it is gone. */
  key: bigint;
  /** Whether the last sign of life is young enough by the monotonic clock. */
  held(): boolean;
  /** Called for every notification of new or cancelled runs, and after each reconnection. */
  onWork: () => void;
  close(): Promise<void>;
}

export interface SessionOptions {
  url: string;
  /** Another engine works now: this one must end itself. */
  onReplaced(): void;
  onTrouble(what: string, error: unknown): void;
  signal: AbortSignal;
}

/** Waits until this engine is the one that works. */
export async function openSession(options: SessionOptions): Promise<EngineSession> {
  const key = BigInt(randomInt(1, 2 ** 47));
  let lastBeat = 0;
  let closed = false;
  let client = await connect(options.url);
  while (!(await tryLocks(client, key))) {
    options.signal.throwIfAborted();
    await endSleeper(client);
    await pause(BEAT_MS);
  }

  const session: EngineSession = {
    key,
    held: () => !closed && performance.now() - lastBeat < TRUST_MS,
    onWork: () => {},
    async close() {
      closed = true;
      clearInterval(timer);
      await client.end().catch(() => {});
    },
  };

  const listen = async () => {
    client.on("notification", () => session.onWork());
    await client.query("LISTEN signalbox_runs");
    lastBeat = performance.now();
  };
  await listen();

  let beating = false;
  const timer = setInterval(async () => {
    if (beating || closed) return;
    beating = true;
    const sent = performance.now();
    try {
      await client.query("SELECT 1");
      lastBeat = sent;
    } catch (error) {
      options.onTrouble("the store does not answer", error);
      await reconnect();
    } finally {
      beating = false;
    }
  }, BEAT_MS);

  const reconnect = async () => {
    await client.end().catch(() => {});
    try {
      client = await connect(options.url);
      // The session that was lost may have the lock for a moment still.
      for (const giveUp = performance.now() + OWN_LOCK_MS; !(await tryLocks(client, key)); ) {
        if (performance.now() > giveUp) return options.onReplaced();
        await pause(50);
      }
      await listen();
      session.onWork();
    } catch (error) {
      options.onTrouble("the store can't be reached", error);
    }
  };
  return session;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "signalbox engine",
    connectionTimeoutMillis: 3_000,
    query_timeout: 3_000,
    keepAlive: true,
  });
  // A lost connection shows at the next beat.
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function tryLocks(client: pg.Client, key: bigint): Promise<boolean> {
  const { rows } = await client.query("SELECT pg_try_advisory_lock($1) AS works", [WORKING.toString()]);
  if (!rows[0].works) return false;
  await client.query("SELECT pg_advisory_lock($1)", [key.toString()]);
  return true;
}

/** An engine that sleeps (a frozen process, a dead machine) keeps its session for long: ended by its silence. */
async function endSleeper(client: pg.Client): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(pg_locks.pid) FROM pg_locks JOIN pg_stat_activity activity USING (pid)
      WHERE locktype = 'advisory' AND granted AND ((classid::bigint << 32) | objid::bigint) = $1
        AND activity.state_change < clock_timestamp() - make_interval(secs => $2)`,
    [WORKING.toString(), LEASE_MS / 1000],
  );
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
