import { expect, it } from "vitest";
import { identifier, literal, qualified } from "./quote.ts";

it("quotes identifiers so that nothing in them is syntax", () => {
  expect(identifier("sb_my-app_blue")).toBe('"sb_my-app_blue"');
  expect(identifier('a"; DROP TABLE x; --')).toBe('"a""; DROP TABLE x; --"');
  expect(qualified({ schema: "Größe", name: "select" })).toBe('"Größe"."select"');
});

it("refuses identifiers that PostgreSQL would cut or not take", () => {
  expect(() => identifier("")).toThrow();
  expect(() => identifier("a\0b")).toThrow();
  expect(() => identifier("ä".repeat(32))).toThrow(/63 bytes/);
  expect(identifier("ä".repeat(31))).toBe(`"${"ä".repeat(31)}"`);
});

it("quotes texts so that nothing in them is syntax", () => {
  expect(literal("it's")).toBe("'it''s'");
  expect(literal("a\\'b")).toBe(" E'a\\\\''b'");
  expect(() => literal("a\0")).toThrow();
});
