import { expect, test } from "vitest";
import { adoptionOf, NOTHING_YET, problemsOf, questionOf, STEPS } from "./wanted.ts";

const filled = {
  ...NOTHING_YET,
  name: "shop",
  origin: " http://127.0.0.1:3000/ ",
  publicDomains: "shop.example.com\nwww.shop.example.com",
  url: "postgresql://shop:x@127.0.0.1/shop",
  adminUrl: "postgres://postgres:x@127.0.0.1:5432/postgres",
};

test("each step says what is missing in it, and nothing when nothing is", () => {
  expect(Object.keys(problemsOf("address", NOTHING_YET))).toEqual(["name", "origin"]);
  expect(Object.keys(problemsOf("domains", NOTHING_YET))).toEqual(["publicDomains"]);
  expect(Object.keys(problemsOf("database", NOTHING_YET))).toEqual(["url", "adminUrl"]);
  expect(problemsOf("database", { ...NOTHING_YET, database: "none" })).toEqual({});
  expect(Object.keys(problemsOf("database", { ...filled, green: "named" }))).toEqual(["greenUrl"]);
  expect(problemsOf("address", { ...filled, origin: "http://a/b" })).toHaveProperty("origin");
  for (const step of STEPS) expect(problemsOf(step, filled)).toEqual({});
});

test("what is sent has no blanks around it, and no database where none is to be switched", () => {
  expect(questionOf(filled, "address")).not.toHaveProperty("data");
  expect(questionOf(filled).data).toEqual({
    url: filled.url,
    adminUrl: filled.adminUrl,
    env: "DATABASE_URL",
  });
  const sent = adoptionOf({ ...filled, database: "none" }, "key");
  expect(sent).toMatchObject({ name: "shop", origin: "http://127.0.0.1:3000/", idempotencyKey: "key" });
  expect(sent.publicDomains).toEqual(["shop.example.com", "www.shop.example.com"]);
  expect(sent).not.toHaveProperty("data");
  expect(sent).not.toHaveProperty("hosts");
});
