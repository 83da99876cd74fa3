/** The shop's data as a visitor can read it: every row of the tables that the ledger writes to, and every upload. */
import { request } from "undici";
import { z } from "zod";
import { refOf, sha256 } from "./uploads.ts";

const id = z.union([z.number(), z.string()]).transform(String);
/** bigint columns arrive as strings. */
const integer = z.coerce.number<number | string>().int();

const orderRow = z.looseObject({ id, ref: z.string(), amount: integer });
const entryRow = z.looseObject({ id, ref: z.string(), delta: integer });
const accountRow = z.looseObject({ name: z.string(), balance: integer });

export type OrderRow = z.infer<typeof orderRow>;
export type EntryRow = z.infer<typeof entryRow>;
export type AccountRow = z.infer<typeof accountRow>;

/** `sha256` is its name, `content` the hash of what is in it, `ref` what that begins with. */
const uploadRow = z.looseObject({ sha256: z.string(), ref: z.string(), content: z.string(), bytes: integer });
const listedUpload = z.looseObject({ sha256: z.string() });

export type UploadRow = z.infer<typeof uploadRow>;

export const snapshotSchema = z.object({
  orders: z.array(orderRow),
  entries: z.array(entryRow),
  accounts: z.array(accountRow),
  /** Of one slot's folder; no part of what a database alone shows. */
  uploads: z.array(uploadRow).default([]),
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
  const all = pagesOf(target, pageSize);
  return async () => ({
    orders: await all("orders", orderRow, (row) => row.id),
    entries: await all("entries", entryRow, (row) => row.id),
    accounts: await all("accounts", accountRow, (row) => row.name),
    uploads: await uploadsReader(target, pageSize)(),
  });
}

/** Reads the uploads alone, likewise. */
export function uploadsReader(target: Target, pageSize = 1_000): () => Promise<UploadRow[]> {
  const all = pagesOf(target, pageSize);
  return async () => readUploads(target, await all("uploads", listedUpload, (row) => row.sha256));
}

function pagesOf(target: Target, pageSize: number) {
  return async <Row>(path: string, schema: z.ZodType<Row>, cursor: (row: Row) => string) => {
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
}

const AT_ONCE = 16;

/** Every one is read to its end. One that is listed and can't be read has no content. */
async function readUploads(target: Target, listed: { sha256: string }[]): Promise<UploadRow[]> {
  const rows: UploadRow[] = [];
  const left = [...listed];
  const work = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const answer = await send(target, `/uploads/${encodeURIComponent(next.sha256)}`);
      const content = new Uint8Array(await answer.body.arrayBuffer());
      const found = answer.statusCode === 200;
      rows.push({
        sha256: next.sha256,
        ref: found ? refOf(content) : "",
        content: found ? sha256(content) : "",
        bytes: content.length,
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return rows;
}

const send = (target: Target, path: string) =>
  request(`http://127.0.0.1:${target.port}${path}`, {
    headers: { host: target.host, accept: "application/json" },
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  });

async function readPage<Row>(
  target: Target,
  path: string,
  name: string,
  schema: z.ZodType<Row>,
): Promise<Row[]> {
  const answer = await send(target, path);
  if (answer.statusCode !== 200) {
    await answer.body.dump();
    throw new Error(`GET ${path} of ${target.host} was answered ${answer.statusCode}`);
  }
  return z.looseObject({ [name]: z.array(schema) }).parse(await answer.body.json())[name] as Row[];
}
