/** A small real HTTP server with the shop's write paths, and one fault of choice: proves that the ledger sees it. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export type Fault =
  | "none"
  | "lose-order"
  | "lose-entry"
  | "lose-add"
  | "double-entry"
  | "double-order"
  | "add-twice"
  | "resurrect-entry"
  | "apply-refused"
  | "wrong-amount"
  | "invent-row"
  | "lose-upload"
  | "double-upload"
  | "truncate-upload";

interface Row {
  id: number;
  ref: string;
  [column: string]: unknown;
}

export interface FaultyShop {
  port: number;
  /** The data itself, to copy, set back or spoil. */
  data: { orders: Row[]; entries: Row[]; accounts: Map<string, number>; ids: number };
  /** By name. A rollback leaves them as they are. */
  uploads: Map<string, Buffer>;
  /** From the next matching write on, once. */
  fault: Fault;
  /** What a write is answered: `hang` and `reset` come after it was applied, `refuse` instead of it. */
  behaviour: "answer" | "refuse" | "reset" | "reset-before" | "hang";
  /** Every request waits this long first, in milliseconds. */
  delayMs: number;
  close(): Promise<void>;
}

export async function startFaultyShop(): Promise<FaultyShop> {
  const server = createServer();
  const shop: FaultyShop = {
    port: 0,
    uploads: new Map(),
    data: { orders: [], entries: [], accounts: new Map(), ids: 0 },
    fault: "none",
    behaviour: "answer",
    delayMs: 0,
    close: () => closeServer(server),
  };
  server.on("request", async (request, response) => {
    const raw = await readRaw(request);
    if (shop.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, shop.delayMs));
    const isWrite = request.method !== "GET";
    if (isWrite && shop.behaviour === "reset-before") return void request.socket.destroy();
    const refuse = isWrite && shop.behaviour === "refuse";
    const url = new URL(request.url ?? "/", "http://shop");
    const name = url.pathname.startsWith("/uploads/") ? url.pathname.slice("/uploads/".length) : null;
    if (name !== null) {
      const content = shop.uploads.get(name);
      return void response.writeHead(content ? 200 : 404).end(content);
    }
    const upload = isWrite && url.pathname === "/uploads";
    const body = upload || raw.length === 0 ? {} : (JSON.parse(raw.toString()) as Record<string, unknown>);
    const answer =
      refuse && !hit(shop, "apply-refused")
        ? null
        : upload
          ? keep(shop, raw)
          : handle(shop, request.method ?? "", url, body);
    if (isWrite && shop.behaviour === "reset") return void request.socket.destroy();
    if (isWrite && shop.behaviour === "hang") return;
    const status = refuse ? 503 : (answer?.status ?? 404);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(refuse ? { error: "closed" } : (answer?.body ?? {})));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  shop.port = (server.address() as AddressInfo).port;
  return shop;
}

/** Whether this is the moment for the fault; it happens once. */
function hit(shop: FaultyShop, ...faults: Fault[]): boolean {
  if (!faults.includes(shop.fault)) return false;
  shop.fault = "none";
  return true;
}

function keep(shop: FaultyShop, content: Buffer) {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const kept = hit(shop, "truncate-upload") ? content.subarray(0, content.length - 1) : content;
  if (!hit(shop, "lose-upload")) shop.uploads.set(sha256, kept);
  if (hit(shop, "double-upload")) shop.uploads.set(`${sha256}-again`, kept);
  return { status: 201, body: { sha256, bytes: content.length } };
}

function handle(shop: FaultyShop, method: string, url: URL, body: Record<string, unknown>) {
  const { data } = shop;
  const [, table = "", key = "", act = ""] = url.pathname.split("/").map(decodeURIComponent);
  if (method === "GET") return read(shop, url, table, key);
  if (method === "DELETE") {
    const row = data.entries.find((entry) => String(entry.id) === key);
    if (!hit(shop, "resurrect-entry")) data.entries = data.entries.filter((entry) => entry !== row);
    return row ? { status: 200, body: {} } : { status: 404, body: {} };
  }
  if (table === "accounts" && act === "add") {
    const times = hit(shop, "lose-add") ? 0 : hit(shop, "add-twice") ? 2 : 1;
    data.accounts.set(key, (data.accounts.get(key) ?? 0) + times * Number(body.delta));
    return { status: 200, body: { name: key, balance: data.accounts.get(key) } };
  }
  const rows = table === "orders" ? data.orders : data.entries;
  const row = { ...body, id: ++data.ids } as Row;
  if (table === "orders" && rows.some((order) => order.ref === row.ref)) return { status: 409, body: {} };
  if (hit(shop, table === "orders" ? "lose-order" : "lose-entry")) return { status: 201, body: row };
  rows.push(table === "orders" && hit(shop, "wrong-amount") ? { ...row, amount: 0 } : row);
  if (hit(shop, table === "orders" ? "double-order" : "double-entry")) rows.push({ ...row, id: ++data.ids });
  if (hit(shop, "invent-row")) rows.push({ ...row, id: ++data.ids, ref: `${row.ref}-invented` });
  return { status: 201, body: row };
}

function read({ data, uploads }: FaultyShop, url: URL, table: string, key: string) {
  const limit = Number(url.searchParams.get("limit") ?? 100);
  const after = url.searchParams.get("after");
  if (table === "orders" && key === "count") return { status: 200, body: { count: data.orders.length } };
  if (table === "orders" && key !== "") {
    const order = data.orders.find((row) => row.ref === key);
    return order ? { status: 200, body: order } : null;
  }
  if (table === "uploads") {
    const names = [...uploads.keys()].sort().filter((sha256) => sha256 > (after ?? ""));
    return { status: 200, body: { uploads: names.slice(0, limit).map((sha256) => ({ sha256 })) } };
  }
  if (table === "accounts") {
    const accounts = [...data.accounts].map(([name, balance]) => ({ name, balance })).sort(byName);
    return {
      status: 200,
      body: { accounts: accounts.filter(({ name }) => name > (after ?? "")).slice(0, limit) },
    };
  }
  if (table === "orders" || table === "entries") {
    const ref = url.searchParams.get("ref");
    const rows = data[table].filter(
      (row) => row.id > Number(after ?? 0) && (ref === null || row.ref === ref),
    );
    return { status: 200, body: { [table]: rows.slice(0, limit) } };
  }
  return { status: 200, body: {} };
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

async function readRaw(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
