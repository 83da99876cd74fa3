import { describe, expect, test } from "vitest";
import { isSameOrigin, siteOrigin } from "./site-origin.ts";

const HOSTS = ["localhost", "127.0.0.1", "panel.example", "::1"];
const of = (headers: Record<string, string>) => siteOrigin(new Headers(headers), HOSTS);

describe("the dashboard's origin", () => {
  test.each([
    [{ host: "localhost:8080" }, "http://localhost:8080"],
    [{ host: "LOCALHOST:8080" }, "http://localhost:8080"],
    [{ host: "panel.example" }, "http://panel.example"],
    [{ host: "[::1]:8080" }, "http://[::1]:8080"],
    [{ host: "127.0.0.1:3000", "x-forwarded-host": "localhost:8080" }, "http://localhost:8080"],
    [{ host: "panel.example", "x-forwarded-proto": "https" }, "https://panel.example"],
    [{ host: "panel.example", "x-forwarded-proto": "https, http" }, "https://panel.example"],
  ])("of %o is %s", (headers, origin) => expect(of(headers)).toBe(origin));

  test.each([
    [{}],
    [{ host: "shop.localhost:8080" }],
    [{ host: "evil.example" }],
    [{ host: "localhost:8080", "x-forwarded-host": "evil.example" }],
    [{ host: "panel.example@evil.example" }],
    [{ host: "localhost/evil" }],
    [{ host: "localhost:notaport" }],
  ])("of %o is none", (headers: Record<string, string>) => expect(of(headers)).toBe(null));
});

test("same origin means scheme, host and port, and an Origin header that says so", () => {
  const same = (headers: Record<string, string>) => isSameOrigin(new Headers(headers), HOSTS);
  const host = "localhost:8080";
  expect(same({ host, origin: "http://localhost:8080" })).toBe(true);
  for (const origin of [
    "http://localhost:9090",
    "https://localhost:8080",
    "http://shop.localhost:8080",
    "null",
  ]) {
    expect(same({ host, origin })).toBe(false);
  }
  expect(same({ host })).toBe(false);
});
