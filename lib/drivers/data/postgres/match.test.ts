import { expect, it } from "vitest";
import type { Column, Table } from "./catalog.ts";
import { ledgerTest } from "./ledgers.ts";
import { matchTables } from "./match.ts";

const column = (name: string, more: Partial<Column> = {}): Column => ({
  name,
  type: "text",
  generated: false,
  required: false,
  ...more,
});
const table = (name: string, columns: Column[], more: Partial<Table> = {}): Table => ({
  oid: 1,
  schema: "public",
  name,
  kind: "r",
  partition: false,
  unlogged: false,
  extension: false,
  owner: "o",
  forcesRowSecurity: false,
  columns,
  keys: [],
  ...more,
});

it("pairs columns by name in the source's order and leaves the target's generated ones to it", () => {
  const match = matchTables(
    [table("t", [column("b"), column("a"), column("g", { generated: true })])],
    [
      table("t", [
        column("a"),
        column("g"),
        column("b", { generated: true }),
        column("must", { required: true }),
      ]),
    ],
    ledgerTest([]),
  );
  expect(match.pairs[0]!.columns).toEqual(["a", "g"]);
  expect(match.unfillable.map(({ column }) => column.name)).toEqual(["must"]);
});

it("takes no part of partitioned tables, views or extensions for data", () => {
  const odd = [
    table("part", [], { partition: true }),
    table("view", [], { kind: "v" }),
    table("ext", [], { extension: true }),
  ];
  expect(matchTables(odd, odd, ledgerTest([]))).toMatchObject({ pairs: [], onlyFrom: [], onlyTo: [] });
});

it("knows migration ledgers by their names, and the manifest's own", () => {
  const isLedger = ledgerTest(["own", "other.own2"]);
  const known = (name: string, schema = "public") => isLedger({ schema, name });
  for (const name of ["_prisma_migrations", "SequelizeMeta", "knex_migrations_lock", "own"]) {
    expect(known(name), name).toBe(true);
  }
  expect(known("__drizzle_migrations", "drizzle")).toBe(true);
  expect(known("own2", "other")).toBe(true);
  expect(known("own2")).toBe(false);
  expect(known("orders")).toBe(false);
});
