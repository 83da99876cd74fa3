/** What the data says of the writes that were acknowledged, and whether both slots say the same. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { databaseUrl, SHOP } from "../day/shop.ts";
import { uploadsReader } from "../ledger/reader.ts";
import { sqlReader } from "../ledger/sql-reader.ts";
import { type Verdict, verify } from "../ledger/verify.ts";
import type { Stage } from "./stage.ts";
import type { Seen } from "./visitors.ts";

/** Counted in the live slot: its database, and its uploads as a visitor reads them. */
export async function settle({ api, installation }: Stage, { records, prefix }: Seen): Promise<Verdict> {
  const { live } = await api.app(SHOP.app);
  if (live === null) throw new Error("nothing is live");
  const data = await sqlReader(databaseUrl(installation, live), prefix)();
  const target = { port: installation.gatewayPort, host: SHOP.publicHost };
  return verify(records, { ...data, uploads: await uploadsReader(target)() }, prefix);
}

const PATIENCE_MS = 60_000;

/** What differs between the slots when the last change has had a minute to arrive; null when they are the same. */
export async function difference({ installation }: Stage): Promise<string | null> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const [blue, green] = [
      await digest(databaseUrl(installation, "blue")),
      await digest(databaseUrl(installation, "green")),
    ];
    const wrong = Object.keys(blue).filter((table) => blue[table] !== green[table]);
    if (wrong.length === 0) return null;
    if (performance.now() > deadline) {
      return wrong.map((table) => `${table}: blue ${blue[table]}, green ${green[table]}`).join("; ");
    }
    await sleep(1_000);
  }
}

/** The columns that both releases have. */
const COLUMNS = {
  orders: "id, ref, amount, release, slot, created_at, processed_at",
  entries: "id, ref, delta, created_at",
  accounts: "name, balance",
};

/** Per table the number of rows and a sum over their contents that does not depend on their order. */
async function digest(url: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: url, application_name: "bench digest" });
  await client.connect();
  try {
    const found: Record<string, string> = {};
    for (const [table, columns] of Object.entries(COLUMNS)) {
      const { rows } = await client.query<{ rows: string; sum: string | null }>(
        `SELECT count(*) AS rows, sum(hashtextextended(ROW(${columns})::text, 0)) AS sum FROM public.${table}`,
      );
      found[table] = `${rows[0]?.rows} rows with sum ${rows[0]?.sum}`;
    }
    return found;
  } finally {
    await client.end();
  }
}
