import { describe, expect, test } from "vitest";
import { lenderOf } from "./assets.ts";
import { type AppRoutes, DEFAULT_LIMITS, type SlotRoute } from "./routes.ts";

const slot = (name: "blue" | "green", more: Partial<SlotRoute> = {}): SlotRoute => ({
  slot: name,
  targets: [{ scheme: "http", host: "127.0.0.1", port: 1 }],
  release: "1",
  paused: false,
  assets: ["/_next/static", "/assets"],
  ...more,
});
const blue = slot("blue");
const routes = (green: SlotRoute | null): AppRoutes => ({
  app: "shop",
  version: 1,
  domains: [],
  live: "blue",
  stagingAccess: "open",
  slots: green === null ? [blue] : [blue, green],
  healthPath: "/",
  reads: "hold",
  limits: DEFAULT_LIMITS,
});
const ask = (path: string, method = "GET", green: SlotRoute | null = slot("green")) =>
  lenderOf(routes(green), "public", blue, method, path)?.slot ?? null;

test.each([
  "/_next/static/chunks/main-3f2a.js",
  "/_next/static/chunks/app/%5Bslug%5D/page-12.js?dpl=1.0.0",
  "/assets/a",
  "/assets/caf%C3%A9-1.css",
])("a file below a prefix may come from the other slot: %s", (path) => {
  expect(ask(path)).toBe("green");
  expect(ask(path, "HEAD")).toBe("green");
});

test.each([
  "/",
  "/api/orders",
  "/assets",
  "/assets/",
  "/assetsother/a.js",
  "/ASSETS/a.js",
  "/assets?/assets/a.js",
  "/x?y=/assets/a.js",
  "/assets/../api/orders",
  "/assets/%2e%2e/api/orders",
  "/assets/..%2Fapi/orders",
  "/assets/%252e%252e/api/orders",
  "/assets/..%5Capi",
  "/assets/..\\api",
  "/assets//a.js",
  "/assets/./a.js",
  "/assets/%zz",
  "/assets%2Fa.js",
])("no other path: %s", (path) => {
  expect(ask(path)).toBeNull();
});

describe("nobody else is asked", () => {
  test("for other methods or by testers", () => {
    for (const method of ["POST", "OPTIONS", "PUT", "DELETE"]) expect(ask("/assets/a.js", method)).toBeNull();
    const green = slot("green");
    expect(lenderOf(routes(green), "staging", blue, "GET", "/assets/a.js")).toBeNull();
  });

  test("when nothing is there, it is paused, or its release does not say that its files are named so", () => {
    for (const other of [
      null,
      slot("green", { release: null }),
      slot("green", { paused: true }),
      slot("green", { assets: [] }),
    ])
      expect(ask("/assets/a.js", "GET", other)).toBeNull();
  });

  test("it is the slot that does not answer which lends, whichever is live", () => {
    const green = slot("green");
    expect(lenderOf(routes(green), "public", green, "GET", "/assets/a.js")?.slot).toBe("blue");
  });
});
