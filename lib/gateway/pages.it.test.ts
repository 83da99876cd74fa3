/** What visitors read when there is nothing to pass on. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "#lib/gate/routes.ts";
import { leadTo } from "./testing/raw.ts";
import { type Site, STAGING, startSite } from "./testing.ts";

let site: Site;
beforeEach(async () => {
  site = await startSite({
    blue: (req, res) => void (req.url === "/never" ? 0 : res.destroy()),
    routes: { limits: { ...DEFAULT_LIMITS, idleMs: 100 } },
  });
});
afterEach(() => site.stop());

const deadPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
};

async function led(port: number | Promise<number>, more: Partial<Site["routes"]> = {}) {
  await leadTo(site, await port, more);
  return {};
}

/** Each in its own situation: status, the name in JSON, what to ask. */
const CASES: [string, number, string, () => Promise<{ host?: string; path?: string; method?: string }>][] = [
  ["an unknown host", 404, "unknown-host", async () => ({ host: "nobody.test" })],
  ["a dead slot", 502, "no-answer", () => led(deadPort())],
  ["a slot that hangs up", 502, "no-answer", async () => ({ method: "POST" })],
  ["a slot that says nothing in time", 504, "timed-out", async () => ({ path: "/never" })],
  ["a dead dashboard", 503, "no-dashboard", async () => ({ host: "localhost" })],
  ["nothing live", 503, "nothing-live", () => led(1, { live: null })],
  [
    "nothing deployed",
    503,
    "nothing-live",
    async () => {
      const slots = site.routes.slots.map((slot) => ({ ...slot, release: null }));
      await site.gateway.routes.setApp({ ...site.routes, version: 9, slots });
      return { host: STAGING };
    },
  ],
  [
    "maintenance",
    503,
    "maintenance",
    async () => {
      writeFileSync(site.lock, "");
      return {};
    },
  ],
];

test.each(CASES)(
  "%s: %i as a page, as JSON, with the request's id, and in no cache",
  async (_name, status, reason, arrange) => {
    const ask = await arrange();
    const page = await site.ask({ ...ask, headers: { accept: "text/html,*/*" } });
    expect(page.status).toBe(status);
    expect(page.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
    });
    expect(page.text).toContain("<!doctype html>");
    expect(page.text).toContain(`Request ${page.headers["x-request-id"]}`);
    const json = await site.ask({
      ...ask,
      headers: { accept: "application/json", "x-request-id": "mine-1" },
    });
    expect(json.status).toBe(status);
    expect(json.headers["content-type"]).toContain("application/json");
    expect(JSON.parse(json.text)).toMatchObject({ error: reason, requestId: "mine-1" });
    expect(json.headers["retry-after"] === undefined).toBe(status !== 503);
    const bare = await site.ask({ ...ask, method: "HEAD" });
    expect([bare.status, bare.text]).toEqual([status, ""]);
  },
);

test("pages of one's own are used for their status: the app's before everybody's, and never a link or a folder", async () => {
  const { maintenance } = site.home;
  writeFileSync(join(maintenance, "404.html"), "<p>none {{requestId}}</p>");
  writeFileSync(join(maintenance, "502.html"), "<p>all {{message}}</p>");
  expect((await site.ask({ host: "nobody.test", headers: { "x-request-id": "r1" } })).text).toBe(
    "<p>none r1</p>",
  );
  const post = () => site.ask({ method: "POST" });
  expect((await post()).text).toBe("<p>all The app behind this address does not answer.</p>");
  writeFileSync(join(maintenance, "shop", "502.html"), "<p>shop</p>");
  expect((await post()).text).toBe("<p>shop</p>");
  writeFileSync(join(maintenance, "504.html"), "<p>late</p>");
  expect((await site.ask({ path: "/never" })).text).toBe("<p>late</p>");
  rmSync(join(maintenance, "shop", "502.html"));
  symlinkSync("/etc/hostname", join(maintenance, "shop", "502.html"));
  expect((await post()).text).toMatch(/^<p>all /);
  rmSync(join(maintenance, "502.html"));
  mkdirSync(join(maintenance, "502.html"));
  expect((await post()).text).toContain("<!doctype html>");
});
