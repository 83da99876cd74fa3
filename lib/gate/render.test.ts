import { expect, test } from "vitest";
import { hostOf } from "./host.ts";
import { render } from "./render.ts";

const busy = { reason: "maintenance", message: `<b>"&'`, retryAfter: 7 } as const;

test("browsers get a page, with the message escaped and headers that keep it out of caches", () => {
  const answer = render(busy, "text/html,application/xhtml+xml,application/json;q=0.5");
  expect(answer.status).toBe(503);
  expect(answer.headers).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "retry-after": "7",
    "cache-control": "no-store",
  });
  expect(answer.body).toContain("&lt;b&gt;&quot;&amp;&#39;");
  expect(answer.body).not.toContain("<b>");
});

test("machines that accept JSON get JSON", () => {
  const answer = render(busy, "application/json");
  expect(answer.headers["content-type"]).toContain("application/json");
  expect(JSON.parse(answer.body)).toEqual({ error: "maintenance", message: `<b>"&'`, retryAfter: 7 });
});

test("the operator's page is used for 503 and its fields are escaped", () => {
  const answer = render(busy, "*/*", "<p>{{message}} in {{ retryAfter }} $& {{other}}</p>");
  expect(answer.body).toBe("<p>&lt;b&gt;&quot;&amp;&#39; in 7 $& {{other}}</p>");
  expect(render({ reason: "unknown-host" }, undefined, "<p>x</p>").body).not.toBe("<p>x</p>");
});

test("only 503 carries Retry-After", () => {
  expect(render({ reason: "unknown-host" }, undefined).headers["retry-after"]).toBeUndefined();
});

test("hosts are compared without port, case and final dot", () => {
  expect(hostOf("Shop.Example:8080")).toBe("shop.example");
  expect(hostOf("shop.example.")).toBe("shop.example");
  expect(hostOf("[::1]:8080")).toBe("::1");
  expect(hostOf("[::1")).toBeNull();
  expect(hostOf(":80")).toBeNull();
  expect(hostOf(undefined)).toBeNull();
});
