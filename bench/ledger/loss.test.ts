import { afterEach, beforeEach, expect, it } from "vitest";
import { openExchange } from "../load/exchange.ts";
import { shopTraffic } from "../load/traffic.ts";
import { type FaultyShop, startFaultyShop } from "./faulty-shop.ts";
import { Ledger, now } from "./ledger.ts";
import { acceptLoss, rowsLost } from "./loss.ts";
import { httpReader, type Reader } from "./reader.ts";
import { verify } from "./verify.ts";

let shop: FaultyShop;
let read: Reader;
beforeEach(async () => {
  shop = await startFaultyShop();
  read = httpReader({ port: shop.port, host: "shop.localhost" });
});
afterEach(() => shop.close());

async function writeTimes(ledger: Ledger, times: number) {
  const exchange = openExchange(shop.port, "shop.localhost", 8);
  const traffic = shopTraffic(exchange, ledger);
  for (let count = 0; count < times; count++) await traffic.write(2_000);
  await exchange.close();
}

/** Writes, "swaps", writes on, and "goes back" to the data as it was at the swap. */
async function swapAndGoBack(ledger: Ledger) {
  await writeTimes(ledger, 45);
  const since = now();
  const old = structuredClone(shop.data);
  await writeTimes(ledger, 45);
  const until = ledger.startSpan(since);
  const before = await read();
  const wrote = ledger.records.slice(45);
  shop.data = old;
  return { since, until, before, wrote };
}

const count = (records: Ledger["records"], kind: string) =>
  records.filter((record) => record.write.kind === kind).length;

it("counts what a rollback took back by inserted, changed and deleted rows", async () => {
  const ledger = new Ledger();
  const { until, before, wrote } = await swapAndGoBack(ledger);
  const sent = new Set(wrote.flatMap(({ write }) => (write.kind === "entry" ? [write.ref] : [])));
  const deletedOld = wrote.filter(({ write }) => write.kind === "delete" && !sent.has(write.ref)).length;
  const deletedNew = count(wrote, "delete") - deletedOld;
  const accounts = (records: Ledger["records"]) =>
    new Set(records.flatMap(({ write }) => (write.kind === "add" ? [write.account] : [])));
  const changed = accounts(ledger.records.slice(0, 45)).intersection(accounts(wrote)).size;
  const newAccounts = accounts(wrote).size - changed;
  expect(changed).toBe(1);
  expect(rowsLost(before, await read(), ledger.records, until)).toEqual({
    inserted: count(wrote, "order") + count(wrote, "entry") - deletedNew + newAccounts,
    changed,
    deleted: deletedOld,
  });
});

it("does not take writes of after the rollback for a loss, even where they got the ids of lost rows", async () => {
  const ledger = new Ledger();
  const { until, before } = await swapAndGoBack(ledger);
  const loss = rowsLost(before, await read(), ledger.records, until);
  await writeTimes(ledger, 45);
  expect(rowsLost(before, await read(), ledger.records, until)).toEqual(loss);
});

it("goes on from the surviving state, in which nothing is missing any more", async () => {
  const ledger = new Ledger();
  const { since, until } = await swapAndGoBack(ledger);
  expect(verify(ledger.records, await read(), ledger.prefix).lost).toBeGreaterThan(0);
  await writeTimes(ledger, 30);
  expect(acceptLoss(ledger, await read(), since, until)).toBeGreaterThan(30);
  await writeTimes(ledger, 30);
  const verdict = verify(ledger.records, await read(), ledger.prefix);
  expect(verdict).toMatchObject({ acknowledged: 150, lost: 0, doubled: 0, unexplained: 0, details: [] });
});

it("takes an entry back whose delete was refused before", async () => {
  const ledger = new Ledger();
  await writeTimes(ledger, 10);
  const since = now();
  const old = structuredClone(shop.data);
  await writeTimes(ledger, 40);
  shop.behaviour = "refuse";
  await writeTimes(ledger, 40);
  shop.behaviour = "answer";
  const until = ledger.startSpan(since);
  shop.data = old;
  acceptLoss(ledger, await read(), since, until);
  await writeTimes(ledger, 10);
  const { details } = verify(ledger.records, await read(), ledger.prefix);
  expect(details).toEqual([]);
});

it("still counts what is missing from before the swap as lost", async () => {
  const ledger = new Ledger();
  const { since, until } = await swapAndGoBack(ledger);
  shop.data.orders.shift();
  acceptLoss(ledger, await read(), since, until);
  expect(verify(ledger.records, await read(), ledger.prefix)).toMatchObject({ lost: 1, doubled: 0 });
});

it("notices a write that comes back after it was counted as taken back", async () => {
  const ledger = new Ledger();
  const { since, until, before } = await swapAndGoBack(ledger);
  acceptLoss(ledger, await read(), since, until);
  shop.data.orders.push({ ...(before.orders.at(-1) as { id: string; ref: string }), id: 9_999 });
  expect(verify(ledger.records, await read(), ledger.prefix)).toMatchObject({ lost: 0, unexplained: 1 });
});
