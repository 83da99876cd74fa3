/** Follows a run by the store's own journal, within a millisecond or two of each record, through restarts of the store. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

export interface RunRecord {
  seq: number;
  type: string;
  /** Of a step; null for what concerns the whole run. */
  step: string | null;
  /** Names of all steps, where the run was planned. */
  steps: string[];
  /** By the store's clock, epoch milliseconds. */
  at: number;
}

export interface RunEnd {
  status: string;
  committed: boolean;
  reason: string | null;
  records: RunRecord[];
}

const LOOK_MS = 50;
const RECONNECT_MS = 50;

/** Connect before the run is asked for, so that its first records are not missed. */
export async function watchRuns(storeUrl: string) {
  let client: pg.Client | null = await connect(storeUrl);
  return {
    /**
     * Calls `onRecord` once per record, in order, and says whether the run was over by then. Resolves when it is over;
     * rejects after `timeoutMs`.
     */
    async follow(
      id: string,
      onRecord: (record: RunRecord, over: boolean) => void,
      timeoutMs: number,
    ): Promise<RunEnd> {
      const deadline = performance.now() + timeoutMs;
      const records: RunRecord[] = [];
      while (performance.now() < deadline) {
        try {
          client ??= await connect(storeUrl);
          const woken = next(client);
          // Before its records, which are then all of them.
          const end = await endOf(client, id);
          for (const record of await newRecords(client, id, records.at(-1)?.seq ?? 0)) {
            records.push(record);
            onRecord(record, end !== undefined);
          }
          if (end) return { ...end, records };
          await woken;
        } catch {
          await client?.end().catch(() => {});
          client = null;
          await sleep(RECONNECT_MS);
        }
      }
      throw new Error(`run ${id} was not over after ${timeoutMs / 1_000} s`);
    },
    async close() {
      await client?.end().catch(() => {});
    },
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: "torture", query_timeout: 5_000 });
  // A server that goes away is seen by the next query.
  client.on("error", () => {});
  await client.connect();
  await client.query("LISTEN signalbox_events");
  return client;
}

/** Resolves at the next notice, or when it is time to look anyway. */
function next(client: pg.Client): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      client.off("notification", done);
      resolve();
    };
    const timer = setTimeout(done, LOOK_MS);
    client.on("notification", done);
  });
}

async function newRecords(client: pg.Client, id: string, since: number): Promise<RunRecord[]> {
  const { rows } = await client.query<{ seq: number; type: string; data: Data; at: number }>(
    `SELECT seq, type, data, extract(epoch FROM at)::float8 * 1000 AS at
       FROM run_event WHERE run_id = $1 AND seq > $2 ORDER BY seq`,
    [id, since],
  );
  return rows.map(({ data, ...row }) => ({ ...row, step: data.step ?? null, steps: data.steps ?? [] }));
}

interface Data {
  step?: string | null;
  steps?: string[];
}

async function endOf(client: pg.Client, id: string) {
  const { rows } = await client.query(
    `SELECT status::text, committed_at IS NOT NULL AS committed, COALESCE(abort_reason, error) AS reason
       FROM run WHERE id = $1 AND finished_at IS NOT NULL`,
    [id],
  );
  return rows[0] as Omit<RunEnd, "records"> | undefined;
}
