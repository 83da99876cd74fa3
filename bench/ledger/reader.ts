/** The shop's data as a visitor can read it: every row of the three tables that the ledger writes to. */
import { request } from "undici";
import { z } from "zod";

const id = z.union([z.number(), z.string()]).transform(String);
/** bigint columns arrive as strings. */
const integer = z.coerce.number<number | string>().int();

const orderRow = z.looseObject({ id, ref: z.string(), amount: integer });
const entryRow = z.looseObject({ id, ref: z.string(), delta: integer });
const accountRow = z.looseObject({ name: z.string(), balance: integer });

export type OrderRow = z.infer<typeof orderRow>;
export type EntryRow = z.infer<typeof entryRow>;
export type AccountRow = z.infer<typeof accountRow>;

export const snapshotSchema = z.object({
  orders: z.array(orderRow),
  entries: z.array(entryRow),
  accounts: z.array(accountRow),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** Reads everything there is now. */
export type Reader = () => Promise<Snapshot>;

export interface Target {
  /** The gateway's port on 127.0.0.1. */
  port: number;
  /** The domain, sent as the Host header: Node does not resolve `*.localhost`. */
  host: string;
}

/** Reads page after page over HTTP. Rejects when a page is not answered 200 within 30 s. */
export function httpReader(target: Target, pageSize = 1_000): Reader {
  const all = async <Row>(path: string, schema: z.ZodType<Row>, cursor: (row: Row) => string) => {
    const rows: Row[] = [];
    let after: string | null = null;
    for (;;) {
      const query = new URLSearchParams({ limit: String(pageSize), ...(after === null ? {} : { after }) });
      const page = await readPage(target, `/${path}?${query}`, path, schema);
      rows.push(...page);
      const last = page.at(-1);
      if (!last) return rows;
      after = cursor(last);
    }
  };
  return async () => ({
    orders: await all("orders", orderRow, (row) => row.id),
    entries: await all("entries", entryRow, (row) => row.id),
    accounts: await all("accounts", accountRow, (row) => row.name),
  });
}

async function readPage<Row>(
  target: Target,
  path: string,
  name: string,
  schema: z.ZodType<Row>,
): Promise<Row[]> {
  const answer = await request(`http://127.0.0.1:${target.port}${path}`, {
    headers: { host: target.host, accept: "application/json" },
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  });
  if (answer.statusCode !== 200) {
    await answer.body.dump();
    throw new Error(`GET ${path} of ${target.host} was answered ${answer.statusCode}`);
  }
  return z.looseObject({ [name]: z.array(schema) }).parse(await answer.body.json())[name] as Row[];
}
