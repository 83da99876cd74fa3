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

test("the operator's page is used for its status and its fields are escaped", () => {
  const own = "<p>{{message}} in {{ retryAfter }} $& {{other}} {{requestId}}</p>";
  const template = (status: number) => (status === 503 ? own : null);
  const answer = render({ ...busy, requestId: "<r>" }, "*/*", template);
  expect(answer.body).toBe("<p>&lt;b&gt;&quot;&amp;&#39; in 7 $& {{other}} &lt;r&gt;</p>");
  expect(render({ reason: "unknown-host" }, undefined, template).body).toContain("<!doctype html>");
});

test("only 503 carries Retry-After", () => {
  expect(render({ reason: "unknown-host" }, undefined).headers["retry-after"]).toBeUndefined();
});

test("hosts are compared without port, case and final dot", () => {
  expect(hostOf("Shop.Example:8080")).toBe("shop.example");
  expect(hostOf("shop.example.")).toBe("shop.example");
  expect(hostOf("[::1]:8080")).toBe("::1");
  expect(hostOf("[::1")).toBeNull();
  for (const bad of [":80", "a:b", "a:80:b", "a/b", "a@b", "a b", "é.test", ".", "a,b", "[::1]x", "[]"])
    expect(hostOf(bad), bad).toBeNull();
  expect(hostOf(undefined)).toBeNull();
});

test("the request's id is on the page and in the JSON", () => {
  const answer = { reason: "no-answer", requestId: "r-1" } as const;
  expect(render(answer, "text/html").body).toContain("Request r-1");
  expect(JSON.parse(render(answer, "application/problem+json").body)).toMatchObject({ requestId: "r-1" });
  expect(render(answer, undefined).headers["x-request-id"]).toBe("r-1");
});
