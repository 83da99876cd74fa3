import { expect, it } from "vitest";
import { type ForeignKey, parentsFirst } from "./foreign-keys.ts";

const key = (table: string, toTable: string): ForeignKey => ({
  name: `${table}_${toTable}`,
  schema: "public",
  table,
  columns: ["x"],
  toSchema: "public",
  toTable,
  toColumns: ["id"],
  operators: ["OPERATOR(pg_catalog.=)"],
  validated: true,
});
const order = (tables: string[], keys: ForeignKey[]) =>
  parentsFirst(tables, (name) => `public.${name}`, keys);

it("puts tables behind those that they refer to", () => {
  expect(order(["a", "b", "c"], [key("a", "b"), key("b", "c")])).toEqual(["c", "b", "a"]);
});

it("comes to an end with circles and with tables that are not copied", () => {
  expect(order(["a", "b"], [key("a", "b"), key("b", "a"), key("a", "a"), key("b", "elsewhere")])).toEqual([
    "b",
    "a",
  ]);
});
