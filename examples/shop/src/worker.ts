/** Marks orders as processed, a batch at a time. Several may run at once. */
import { setTimeout as sleep } from "node:timers/promises";
import { closeDatabase, query } from "./database.ts";
import { settings } from "./settings.ts";

const BATCH = 100;
const POLL_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
process.on("SIGINT", () => stop.abort());

console.log(`shop ${settings.release} works for slot ${settings.slot}`);
let failures = 0;
while (!stop.signal.aborted) {
  const done = await batch().catch((error: Error) => {
    failures += 1;
    // The database restarts, or this slot may only read for now: both pass.
    if (failures === 1) console.error(`can't work now: ${error.message}`);
    return 0;
  });
  if (done > 0 && failures > 0) {
    console.log("working again");
    failures = 0;
  }
  if (done > 0) console.log(`processed ${done} orders`);
  const pause = failures > 0 ? Math.min(LONGEST_PAUSE_MS, POLL_MS * 2 ** failures) : POLL_MS;
  if (done < BATCH) await sleep(pause, undefined, { signal: stop.signal }).catch(() => {});
}
await closeDatabase();

async function batch(): Promise<number> {
  const rows = await query(
    `UPDATE orders SET processed_at = now() WHERE id IN (
       SELECT id FROM orders WHERE processed_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
     ) RETURNING id`,
    [BATCH],
  );
  return rows.length;
}
