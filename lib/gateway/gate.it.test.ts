import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockPath, writeEngineLock } from "#lib/gate/lock-file.ts";
import { closeGate, openGate } from "#lib/gate/person-lock.ts";
import { PUBLIC, type Site, STAGING, startApp, startSite, until, waiting } from "./testing.ts";

let site: Site;
beforeEach(async () => {
  const web = await startApp((_req, res) => res.end("dashboard"));
  site = await startSite({ dashboard: () => ({ host: "127.0.0.1", port: web.port }) });
  const { stop } = site;
  site.stop = async () => {
    await stop();
    await web.stop();
  };
});
afterEach(() => site.stop());

const ask = async (host: string, accept?: string) => {
  const { status, text } = await site.ask({ host, headers: accept ? { accept } : {} });
  return [status, text];
};

describe("the gate's table, over HTTP", () => {
  test("open: public reaches the live slot, staging the idle one, the dashboard its own", async () => {
    expect(await ask(PUBLIC)).toEqual([200, "blue GET /"]);
    expect(await ask("SHOP.test:8080")).toEqual([200, "blue GET /"]);
    expect(await ask(STAGING)).toEqual([200, "green GET /"]);
    expect(await ask("localhost:8080")).toEqual([200, "dashboard"]);
  });

  test("unknown hosts get a plain 404, as a page or as JSON", async () => {
    const page = await site.ask({ host: "nobody.test" });
    expect([page.status, page.headers["content-type"]]).toEqual([404, "text/html; charset=utf-8"]);
    const json = await site.ask({ host: "nobody.test", headers: { accept: "application/json" } });
    expect(JSON.parse(json.text)).toMatchObject({ error: "unknown-host" });
  });

  test.each(["", "garbage", '{"holdUntil":"soon"}'])(
    "a lock saying %j: 503 at once, staging and dashboard go on",
    async (content) => {
      writeFileSync(site.lock, content);
      const page = await site.ask({ headers: { accept: "text/html" } });
      expect(page.status).toBe(503);
      expect(page.headers).toMatchObject({ "retry-after": "60", "cache-control": "no-store" });
      expect(page.text).toContain("<!doctype html>");
      const json = await site.ask({ headers: { accept: "application/json" } });
      expect([json.status, JSON.parse(json.text).error]).toEqual([503, "maintenance"]);
      expect(await ask(STAGING)).toEqual([200, "green GET /"]);
      expect(await ask("localhost")).toEqual([200, "dashboard"]);
      rmSync(site.lock);
      expect(await ask(PUBLIC)).toEqual([200, "blue GET /"]);
    },
  );

  test("touch and rm count from the next request on, for one app and for all", async () => {
    for (const path of [site.lock, lockPath(site.home, null)]) {
      execFileSync("touch", [path]);
      expect((await ask(PUBLIC))[0]).toBe(503);
      execFileSync("rm", [path]);
      expect((await ask(PUBLIC))[0]).toBe(200);
    }
  });

  test("a folder and an unreadable lock close too", async () => {
    mkdirSync(site.lock);
    expect((await ask(PUBLIC))[0]).toBe(503);
    openGate(site.home, "shop");
    expect((await ask(PUBLIC))[0]).toBe(200);
  });

  test("a person's message is shown, and their own page is honoured, escaped", async () => {
    closeGate(site.home, "shop", { message: "Back at <9>", retryAfter: 90 });
    const page = await site.ask();
    expect(page.text).toContain("Back at &lt;9&gt;");
    expect(page.headers["retry-after"]).toBe("90");
    writeFileSync(join(site.home.maintenance, "503.html"), "<h1>Ours: {{message}}</h1>");
    expect((await site.ask()).text).toBe("<h1>Ours: Back at &lt;9&gt;</h1>");
  });

  test("an engine's hold: public and staging wait and pass when the lock goes, the dashboard does not wait", async () => {
    await site.hold("r", 1);
    const held = [site.ask(), site.ask({ host: STAGING })];
    await until(async () => (await waiting(site)) === 2);
    expect(await ask("localhost")).toEqual([200, "dashboard"]);
    rmSync(site.lock);
    expect((await Promise.all(held)).map(({ text }) => text)).toEqual(["blue GET /", "green GET /"]);
  });

  test("from holdUntil on 503, from expiresAt on the lock is absent and gone", async () => {
    const now = Date.now();
    const lock = { app: "shop", runId: "r", token: 1, holdUntil: now + 150, expiresAt: now + 3_000 };
    writeEngineLock(site.lock, lock);
    const held = await site.ask();
    expect(held.status).toBe(503);
    expect(Date.now()).toBeGreaterThanOrEqual(now + 150);
    expect((await site.ask()).status).toBe(503);
    await until(async () => (await site.ask()).status === 200);
    expect(Date.now()).toBeGreaterThanOrEqual(now + 3_000);
    expect(existsSync(site.lock)).toBe(false);
  });

  test("closed beats held: who waits gets the 503 at once, by touch as by the lock for everything", async () => {
    for (const close of [
      () => execFileSync("touch", [site.lock]),
      () => closeGate(site.home, "shop"),
      () => closeGate(site.home, null),
    ]) {
      await site.hold("r", 1);
      const held = site.ask();
      await until(async () => (await waiting(site)) === 1);
      const at = performance.now();
      close();
      expect((await held).status).toBe(503);
      // Long before the hold's end; `npm run bench -- gateway` measures how soon.
      expect(performance.now() - at).toBeLessThan(10_000);
      openGate(site.home, "shop");
      openGate(site.home, null);
    }
  });

  test("the queue is full: 503 with Retry-After, and nobody else loses their place", async () => {
    const small = await startSite({ holdLimit: 3 });
    await small.hold("r", 1);
    const held = [small.ask(), small.ask(), small.ask()];
    await until(async () => (await waiting(small)) === 3);
    const full = await small.ask();
    expect([full.status, full.headers["retry-after"]]).toEqual([503, "5"]);
    expect(await small.gateways.release("shop", "r", 1)).toMatchObject({ held: 3, refused: 1 });
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await small.stop();
  });

  test("a health probe is answered during a hold, and asked of the app otherwise", async () => {
    await site.hold("r", 1);
    expect((await site.ask({ path: "/healthz" })).text).toBe("ok\n");
    await site.gateways.release("shop", "r", 1);
    expect((await site.ask({ path: "/healthz" })).text).toBe("blue GET /healthz");
  });

  test("a paused live slot is a closed gate; nothing live is said plainly", async () => {
    const { routes } = site;
    const slots = routes.slots.map((slot) => ({ ...slot, paused: slot.slot === "blue" }));
    await site.gateways.route({ ...routes, version: 2, slots }, 1);
    expect((await site.ask()).status).toBe(503);
    expect((await site.ask({ host: STAGING })).status).toBe(200);
    await site.gateways.route({ ...routes, version: 3, live: null }, 1);
    expect((await site.ask({ headers: { accept: "application/json" } })).text).toContain("nothing-live");
  });
});

describe("law 9: a person's hand wins", () => {
  test("behind a lock that is there the hold stands too: 503 before, during and after, waiting once it is removed", async () => {
    for (const path of [site.lock, lockPath(site.home, null)]) {
      execFileSync("touch", [path]);
      await site.hold("r", 1);
      expect(await site.gateways.holding("shop", "r", 1000)).toBe(true);
      expect((await site.ask()).status).toBe(503);
      await site.gateways.release("shop", "r", 1);
      expect(existsSync(path)).toBe(true);
      expect((await site.ask()).status).toBe(503);

      await site.hold("s", 1);
      rmSync(path);
      const waiter = site.ask();
      await until(async () => (await waiting(site)) === 1);
      await site.gateways.release("shop", "s", 1);
      expect((await waiter).status).toBe(200);
    }
  });

  test("a lock touched in a window ends the hold, and release leaves it in place, closed", async () => {
    await site.hold("r", 1);
    expect(await site.gateways.holding("shop", "r", 1000)).toBe(true);
    expect(await site.gateways.holding("shop", "r", 60_000)).toBe(false);
    execFileSync("touch", [site.lock]);
    expect(await site.gateways.holding("shop", "r", 0)).toBe(false);
    await site.gateways.release("shop", "r", 1);
    expect(existsSync(site.lock)).toBe(true);
    expect((await site.ask()).status).toBe(503);
    // Not even when its written end has passed.
    utimesSync(site.lock, new Date(), new Date());
    expect((await site.ask()).status).toBe(503);
    rmSync(site.lock);
    expect((await site.ask()).status).toBe(200);
  });

  test("a lock removed in a window ends the hold", async () => {
    await site.hold("r", 1);
    rmSync(site.lock);
    expect(await site.gateways.holding("shop", "r", 0)).toBe(false);
    expect((await site.ask()).status).toBe(200);
  });
});
