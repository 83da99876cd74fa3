import { expect, test } from "vitest";
import { checkImports } from "./check-imports.ts";

const check = (path: string, text: string) => checkImports([{ path, text }]);

test("the engine imports zod and itself", () => {
  expect(check("lib/engine/run.ts", 'import { z } from "zod";\nimport { a } from "./plan.ts";')).toEqual([]);
  expect(check("lib/engine/run.ts", 'import { readFile } from "node:fs/promises";')).toEqual([
    "lib/engine/run.ts:1: lib/engine/ may not import node:fs/promises; the engine is pure: declare a port in " +
      "lib/engine/ports.ts and implement it in lib/drivers or lib/store",
  ]);
});

test("statements of every form are seen, with their line", () => {
  const text = [
    "// import nothing from '#lib/drivers/none.ts' here",
    "import type {",
    "  A,",
    '} from "#lib/drivers/a.ts";',
    'export { b } from "#lib/drivers/b.ts";',
    'import "#lib/drivers/c.ts";',
    'const d = await import("#lib/drivers/d.ts");',
  ].join("\n");
  expect(check("app/page.tsx", text).map((line) => line.split(": ")[0])).toEqual([
    "app/page.tsx:4",
    "app/page.tsx:5",
    "app/page.tsx:6",
    "app/page.tsx:7",
  ]);
});

test("only compose.ts knows drivers", () => {
  expect(check("lib/compose.ts", 'import { p } from "#lib/drivers/data/postgres.ts";')).toEqual([]);
  expect(check("lib/operations/swap.ts", 'import { p } from "#lib/drivers/data/postgres.ts";')).toHaveLength(
    1,
  );
});

test("a relative import stays inside its part", () => {
  expect(check("lib/store/a.ts", 'import { b } from "../config/home.ts";')).toEqual([
    "lib/store/a.ts:1: ../config/home.ts leaves lib/store; write #lib/config/home.ts",
  ]);
});

test("what tests use does not get into the product", () => {
  expect(check("lib/store/a.ts", 'import { b } from "./testing.ts";')).toHaveLength(1);
  expect(check("lib/store/a.it.test.ts", 'import { b } from "./testing.ts";')).toEqual([]);
});

test("there are no dumping grounds and no barrels", () => {
  expect(check("lib/store/utils.ts", "")).toHaveLength(1);
  expect(check("lib/helpers/a.ts", "")).toHaveLength(1);
  expect(check("lib/store/index.ts", "")).toHaveLength(1);
});
