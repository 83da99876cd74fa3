import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readTable } from "#lib/gate/route-file.ts";
import { type AppRoutes, DEFAULT_LIMITS, type RouteTable } from "#lib/gate/routes.ts";
import { RouteBook } from "./route-book.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "signalbox-route-book-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const shop = (version: number): AppRoutes => ({
  app: "shop",
  version,
  live: "blue",
  domains: [{ host: "shop.test", audience: "public" }],
  slots: [],
  healthPath: "/up",
  reads: "hold",
  stagingAccess: "open",
  limits: DEFAULT_LIMITS,
});
const table = (version: number): RouteTable => ({ version, dashboardHosts: [], apps: [shop(version)] });
const onDisk = (file: string) => readTable(file)?.apps.map(({ version }) => version);

test("routes are acknowledged when they are on disk, also when the store's news of them came first", async () => {
  const file = join(dir, "routes.json");
  const book = new RouteBook(file, []);
  const news = book.setTable(table(2));
  expect(await book.setApp(shop(2))).toBe(2);
  expect(onDisk(file)).toEqual([2]);
  await news;
});

test("what could not be written is written as soon as that works", async () => {
  const file = join(dir, "later", "routes.json");
  const book = new RouteBook(file, []);
  await expect(book.setTable(table(2))).rejects.toThrow("ENOENT");
  mkdirSync(join(dir, "later"));
  await book.setTable(table(2));
  expect(onDisk(file)).toEqual([2]);
});
