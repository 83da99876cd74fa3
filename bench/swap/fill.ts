/** Fills the shop's own tables with rows like those of a shop that has been open for long. */
import pg from "pg";

/** Ten orders, six entries and a customer's account: about what they take with their indexes, in bytes. */
const UNIT_BYTES = 3_500;
const UNITS_AT_ONCE = 20_000;

/**
 * Adds rows until the tables take `bytes` on disk, indexes included; returns how much they take. Afterwards the
 * server has statistics, and has nothing left to write.
 */
export async function fillShop(
  url: string,
  bytes: number,
  { release, slot }: { release: string; slot: string },
  onProgress: (bytes: number) => void,
): Promise<number> {
  const client = new pg.Client({ connectionString: url, application_name: "bench fill" });
  await client.connect();
  try {
    await client.query("SET synchronous_commit = off");
    let unit = 1;
    let perUnit = UNIT_BYTES;
    let filled = await tableBytes(client);
    const empty = filled;
    while (filled < bytes) {
      const units = Math.min(UNITS_AT_ONCE, Math.max(10, Math.ceil((bytes - filled) / perUnit)));
      await addUnits(client, { from: unit, to: unit + units - 1, release, slot });
      unit += units;
      filled = await tableBytes(client);
      perUnit = Math.max(1, (filled - empty) / unit);
      onProgress(filled);
    }
    await client.query("VACUUM (ANALYZE)");
    await client.query("CHECKPOINT");
    return await tableBytes(client);
  } finally {
    await client.end();
  }
}

async function addUnits(
  client: pg.Client,
  { from, to, release, slot }: { from: number; to: number; release: string; slot: string },
): Promise<void> {
  await client.query(
    `INSERT INTO public.orders (ref, amount, release, slot, created_at, processed_at)
     SELECT 'stock-' || lpad(n::text, 8, '0') || '-' || part, (random() * 500)::numeric(14, 2), $3, $4, at, at
     FROM generate_series($1::int, $2::int) n, generate_series(0, 9) part,
          LATERAL (SELECT now() - make_interval(secs => n * 10 + part) AS at) placed`,
    [from, to, release, slot],
  );
  await client.query(
    `INSERT INTO public.entries (ref, delta, created_at)
     SELECT 'stock-' || lpad(n::text, 8, '0') || '-' || part, (random() * 100 - 50)::numeric(14, 2),
            now() - make_interval(secs => n * 6 + part)
     FROM generate_series($1::int, $2::int) n, generate_series(0, 5) part`,
    [from, to],
  );
  await client.query(
    `INSERT INTO public.accounts (name, balance)
     SELECT 'customer-' || lpad(n::text, 8, '0'), (random() * 10000)::numeric(20, 2)
     FROM generate_series($1::int, $2::int) n`,
    [from, to],
  );
}

/** Of all tables of the app, with their indexes. A database's own size has the server's catalogs in it. */
async function tableBytes(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    `SELECT coalesce(sum(pg_total_relation_size(oid)), 0) AS bytes FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm')`,
  );
  return Number(rows[0]!.bytes);
}
