import { mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openExchange } from "../load/exchange.ts";
import { shopTraffic } from "../load/traffic.ts";
import { ADDS_PER_ACCOUNT, decodeSum, deltaOf, indexOf } from "./deltas.ts";
import { type Fault, type FaultyShop, startFaultyShop } from "./faulty-shop.ts";
import { readJournal } from "./journal.ts";
import { Ledger } from "./ledger.ts";
import { httpReader } from "./reader.ts";
import { verify } from "./verify.ts";

let shop: FaultyShop;
beforeEach(async () => {
  shop = await startFaultyShop();
});
afterEach(() => shop.close());

const reader = () => httpReader({ port: shop.port, host: "shop.localhost" }, 7);

async function writeTimes(ledger: Ledger, times: number, timeoutMs = 2_000) {
  const exchange = openExchange(shop.port, "shop.localhost", 8);
  const traffic = shopTraffic(exchange, ledger);
  for (let count = 0; count < times; count++) await traffic.write(timeoutMs);
  await exchange.close();
}

const verdict = async (ledger: Ledger) => verify(ledger.records, await reader()(), ledger.prefix);

describe("the ledger", () => {
  it("finds nothing wrong with a server that does what it says", async () => {
    const ledger = new Ledger();
    await writeTimes(ledger, 60);
    const clean = {
      acknowledged: 60,
      refused: 0,
      unknown: 0,
      lost: 0,
      doubled: 0,
      unexplained: 0,
      details: [],
    };
    expect(await verdict(ledger)).toMatchObject(clean);
    expect(ledger.records.some((record) => record.write.kind === "delete")).toBe(true);
  });

  it.each<[Fault, "lost" | "doubled" | "unexplained"]>([
    ["lose-order", "lost"],
    ["lose-entry", "lost"],
    ["lose-add", "lost"],
    ["resurrect-entry", "lost"],
    ["wrong-amount", "lost"],
    ["lose-upload", "lost"],
    ["truncate-upload", "lost"],
    ["double-upload", "doubled"],
    ["double-order", "doubled"],
    ["double-entry", "doubled"],
    ["add-twice", "doubled"],
    ["invent-row", "unexplained"],
  ])("detects a single write gone wrong: %s counts as one %s", async (fault, kind) => {
    const ledger = new Ledger();
    await writeTimes(ledger, 30);
    shop.fault = fault;
    await writeTimes(ledger, 60);
    expect(shop.fault).toBe("none");
    const found = await verdict(ledger);
    expect({ lost: found.lost, doubled: found.doubled, unexplained: found.unexplained }).toEqual({
      lost: 0,
      doubled: 0,
      unexplained: 0,
      [kind]: 1,
    });
    expect(found.details).toHaveLength(1);
  });

  it("detects a write that was applied although it was refused", async () => {
    const ledger = new Ledger();
    shop.behaviour = "refuse";
    await writeTimes(ledger, 10);
    expect(await verdict(ledger)).toMatchObject({ refused: 10, unexplained: 0 });
    shop.fault = "apply-refused";
    await writeTimes(ledger, 1);
    expect(await verdict(ledger)).toMatchObject({ refused: 11, acknowledged: 0, unexplained: 1 });
  });

  it("allows a write of unknown outcome to be there once or not at all, but not twice", async () => {
    const ledger = new Ledger();
    shop.behaviour = "reset";
    await writeTimes(ledger, 10);
    shop.behaviour = "reset-before";
    await writeTimes(ledger, 10);
    shop.behaviour = "hang";
    await writeTimes(ledger, 1, 50);
    expect(await verdict(ledger)).toMatchObject({ unknown: 21, lost: 0, doubled: 0, unexplained: 0 });
    shop.behaviour = "reset";
    shop.fault = "double-entry";
    await writeTimes(ledger, 10);
    expect(await verdict(ledger)).toMatchObject({ unknown: 31, lost: 0, doubled: 1 });
  });

  it("never sends a write of unknown outcome again", async () => {
    const ledger = new Ledger();
    shop.behaviour = "reset";
    await writeTimes(ledger, 40);
    const sent = ledger.records.map(({ write }) =>
      write.kind === "add" ? `${write.account} ${write.delta}` : write.ref,
    );
    expect(new Set(sent).size).toBe(40);
    expect(await verdict(ledger)).toMatchObject({ unknown: 40, doubled: 0 });
  });

  it("leaves rows of another ledger alone", async () => {
    await writeTimes(new Ledger(), 20);
    const ledger = new Ledger();
    await writeTimes(ledger, 20);
    expect(await verdict(ledger)).toMatchObject({ acknowledged: 20, lost: 0, unexplained: 0 });
  });

  it("can be read back from its journal after the harness was killed in the middle of a line", async () => {
    const dir = mkdtempSync(join(tmpdir(), "ledger-"));
    try {
      const file = join(dir, "ledger.jsonl");
      const ledger = new Ledger({ file });
      await writeTimes(ledger, 30);
      expect(readJournal(file)).toEqual(ledger.records);
      truncateSync(file, readFileSync(file).length - 5);
      const torn = readJournal(file);
      expect(torn).toHaveLength(30);
      expect(torn.at(-1)?.outcome).toBe("pending");
      expect(verify(torn, await reader()(), ledger.prefix)).toMatchObject({
        acknowledged: 29,
        unknown: 1,
        lost: 0,
      });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe("the sum of an account", () => {
  it("says of each add how often it landed", () => {
    for (let index = 0; index < ADDS_PER_ACCOUNT; index++) expect(indexOf(deltaOf(index))).toBe(index);
    const { times, rest } = decodeSum(deltaOf(0) + 2 * deltaOf(3) + deltaOf(11));
    expect(rest).toBe(0);
    expect(times).toEqual([1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it("keeps what no add explains apart", () => {
    expect(decodeSum(-1).rest).toBe(-1);
    expect(decodeSum(4 ** ADDS_PER_ACCOUNT).rest).not.toBe(0);
  });
});
