import { Agent } from "node:http";
import { afterEach, expect, test } from "vitest";
import {
  askGateway,
  type Handler,
  type Site,
  sayName,
  shopRoutes,
  startSite,
  until,
  waiting,
} from "./testing.ts";

let site: Site;
afterEach(() => site.stop());

/** An app that remembers in which order paths arrived. */
function recorder(name: string): { handler: Handler; paths: string[] } {
  const paths: string[] = [];
  const answer = sayName(name);
  return {
    paths,
    handler(req, res) {
      paths.push(req.url!);
      answer(req, res);
    },
  };
}

test("two hundred held requests go to the new live slot, each once, and none fails", async () => {
  const blue = recorder("blue");
  const green = recorder("green");
  site = await startSite({ blue: blue.handler, green: green.handler });
  await site.hold("r", 1);
  const held: ReturnType<typeof site.ask>[] = [];
  for (let index = 0; index < 200; index += 1) {
    held.push(site.ask({ path: `/${index}` }));
    await until(async () => (await waiting(site)) === index + 1);
  }
  await site.gateways.drain("shop", { timeoutMs: 1000, signal: AbortSignal.timeout(5000) });
  await site.gateways.route({ ...site.routes, version: 2, live: "green" }, 1);
  expect(blue.paths).toEqual([]);
  expect(green.paths).toEqual([]);
  const report = await site.gateways.release("shop", "r", 1);
  const answers = await Promise.all(held);
  expect(answers.every(({ status, text }) => status === 200 && text.startsWith("green"))).toBe(true);
  expect(report).toMatchObject({ held: 200, refused: 0 });
  expect(report.longestWaitMs).toBeGreaterThan(0);
  // They are sent in order (hold-queue.test.ts); on the way those that find an open connection overtake others.
  const arrived = green.paths.map((path) => Number(path.slice(1)));
  expect(arrived.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index));
});

test("who comes while others are still being let go stands behind them", async () => {
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const seen: string[] = [];
  site = await startSite({
    releaseAtOnce: 1,
    async blue(req, res) {
      seen.push(req.url!);
      await gate;
      res.end("ok");
    },
  });
  await site.hold("r", 1);
  const held = [site.ask({ path: "/1" }), site.ask({ path: "/2" })];
  await until(async () => (await waiting(site)) === 2);
  const released = site.gateways.release("shop", "r", 1);
  await until(() => seen.length >= 1);
  const late = site.ask({ path: "/3" });
  await until(() => seen.length === 3);
  expect(seen).toEqual(["/1", "/2", "/3"]);
  open();
  await Promise.all([...held, late, released]);
});

test("a client that hangs up while it waits leaves the queue and never reaches the slot", async () => {
  const blue = recorder("blue");
  site = await startSite({ blue: blue.handler });
  await site.hold("r", 1);
  const gone = new AbortController();
  const lost = site.ask({ path: "/gone", signal: gone.signal });
  const stays = site.ask({ path: "/stays" });
  await until(async () => (await waiting(site)) === 2);
  gone.abort();
  await expect(lost).rejects.toThrow();
  await until(async () => (await waiting(site)) === 1);
  await site.gateways.release("shop", "r", 1);
  expect((await stays).status).toBe(200);
  expect(blue.paths).toEqual(["/stays"]);
});

test("drain waits for what is in flight and names the slowest when it takes too long", async () => {
  const open: (() => void)[] = [];
  site = await startSite({ blue: (_req, res) => open.push(() => res.end("done")) });
  const slow = site.ask({ path: "/slow?x=1", method: "POST", body: "b" });
  await until(() => open.length === 1);
  await site.hold("r", 1);
  const waits = site.ask({ path: "/held" });
  const drain = (timeoutMs: number) =>
    site.gateways.drain("shop", { timeoutMs, signal: AbortSignal.timeout(20_000) });
  await expect(drain(50)).rejects.toMatchObject({
    code: "drain-timeout",
    message: expect.stringContaining("POST /slow?x=1"),
  });
  const drained = drain(10_000);
  open[0]!();
  await drained;
  expect((await slow).text).toBe("done");
  expect(open.length).toBe(1);
  await site.gateways.release("shop", "r", 1);
  await until(() => open.length === 2);
  open[1]!();
  expect((await waits).status).toBe(200);
});

test("a drain that is called off stops waiting", async () => {
  site = await startSite({ blue: () => {} });
  const gone = new AbortController();
  const stuck = site.ask({ signal: gone.signal }).catch(() => "gone");
  await until(async () => {
    try {
      await site.gateways.drain("shop", { timeoutMs: 1, signal: AbortSignal.timeout(5000) });
      return false;
    } catch {
      return true;
    }
  });
  const off = new AbortController();
  const drain = site.gateways.drain("shop", { timeoutMs: 60_000, signal: off.signal });
  off.abort(new Error("cancelled"));
  await expect(drain).rejects.toThrow("cancelled");
  gone.abort();
  expect(await stuck).toBe("gone");
});

test("fifty times under load: after hold and drain nothing reaches either slot until release, and nothing fails", async () => {
  let window = false;
  let slipped = 0;
  let inside = 0;
  let served = 0;
  const app =
    (name: string): Handler =>
    (req, res) => {
      inside += 1;
      if (window) slipped += 1;
      req.resume();
      setImmediate(() => {
        if (window) slipped += 1;
        inside -= 1;
        served += 1;
        res.end(name);
      });
    };
  site = await startSite({ blue: app("blue"), green: app("green") });
  const agent = new Agent({ keepAlive: true });
  let going = true;
  let failed = 0;
  const statuses = new Set<number>();
  const clients = Array.from({ length: 24 }, async (_, client) => {
    while (going) {
      const method = client % 3 === 0 ? "POST" : "GET";
      const body = method === "POST" ? "x".repeat(client * 50) : undefined;
      try {
        statuses.add((await askGateway(site.gateway.address.port, { agent, method, body })).status);
      } catch {
        failed += 1;
      }
    }
  });
  let { routes } = site;
  for (let round = 1; round <= 50; round += 1) {
    const before = served;
    await until(() => served > before + 20);
    await site.hold(`run-${round}`, round, 30_000);
    await site.gateways.drain("shop", { timeoutMs: 5_000, signal: AbortSignal.timeout(10_000) });
    expect(inside).toBe(0);
    window = true;
    routes = { ...routes, version: round + 1, live: routes.live === "blue" ? "green" : "blue" };
    await site.gateways.route(routes, round);
    await until(async () => (await waiting(site)) === clients.length);
    expect(await site.gateways.holding("shop", `run-${round}`, 1_000)).toBe(true);
    window = false;
    const report = await site.gateways.release("shop", `run-${round}`, round);
    expect(report).toMatchObject({ held: clients.length, refused: 0 });
  }
  going = false;
  await Promise.all(clients);
  agent.destroy();
  expect({ slipped, failed, statuses: [...statuses] }).toEqual({ slipped: 0, failed: 0, statuses: [200] });
}, 60_000);

test("routes change for the held while they wait, even when the domain moves", async () => {
  site = await startSite();
  await site.hold("r", 1);
  const held = site.ask();
  await until(async () => (await waiting(site)) === 1);
  const { blue, green } = site;
  await site.gateways.route({ ...shopRoutes(blue.port, green.port), version: 9, domains: [] }, 1);
  expect((await held).status).toBe(404);
  await site.gateways.release("shop", "r", 1);
});

test("a gateway that is stopped in a hold answers who waits with 503 instead of cutting them off", async () => {
  site = await startSite();
  await site.hold("r", 1);
  const held = site.ask();
  await until(async () => (await waiting(site)) === 1);
  await site.gateway.stop(400);
  expect((await held).status).toBe(503);
});
