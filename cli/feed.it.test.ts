/** What the command line says of feeds and of what swaps measured. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REPOSITORY } from "#lib/config/environment.ts";
import { type ApiSite, startApiSite } from "#lib/http/testing/api-site.ts";
import { endRun, seedApp } from "#lib/operations/testing/site.ts";
import { STATES } from "#lib/operations/testing/verb-states.ts";

let it: ApiSite;
let admin: string;

beforeAll(async () => {
  it = await startApiSite();
  admin = await it.token("admin");
});
afterAll(() => it?.stop());

async function signalbox(args: string[], token = admin) {
  const child = spawn(process.execPath, [join(REPOSITORY, "cli/signalbox.js"), ...args], {
    env: {
      PATH: process.env.PATH,
      SIGNALBOX_URL: it.api.url,
      SIGNALBOX_TOKEN: token,
    } as unknown as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

test("status says how the feed is doing, and receipts what swaps measured", async () => {
  const app = await seedApp(it.db.store, STATES["Blue live, green fed"]!);
  const status = () => signalbox(["status", "--app", app]);
  expect((await status()).stdout).toContain("feed    blue → green: not looked at yet");
  const feed = {
    state: "stopped",
    reason: "A row (INSERT) does not fit public.orders.",
    lagMs: 1_500.4,
    lagRows: 12,
    lagBytes: 4_096,
    retainedBytes: 8_192,
    schemaChanges: [],
    at: new Date().toISOString(),
  };
  await it.db.store.slot.updateMany({
    where: { app: { name: app }, name: "green" },
    data: { observed: { processes: [], data: null, feed } },
  });
  const { stdout } = await status();
  expect(stdout).toContain(
    "blue → green: stands still, 1500 ms, about 12 rows, 4096 bytes behind (A row (INSERT) does not fit public.orders.)",
  );
  expect(stdout).toContain("safe to swap: no (engine-silent, gateway-silent, feed-stopped)");

  await signalbox(["swap", "--app", app, "--no-wait"]);
  const { id } = await it.db.store.run.findFirstOrThrow({ where: { app: { name: app } } });
  const receipt = {
    fromVersion: "1.0.0",
    toVersion: "1.1.0",
    windowMs: 40,
    longestWaitMs: 38,
    lossless: true,
  };
  await it.db.store.run.update({ where: { id }, data: { receipt } });
  await endRun(it.db.store, id);
  const list = await signalbox(["receipts", "--app", app]);
  expect(list.stdout).toMatch(
    /swap {6}1\.0\.0 → 1\.1\.0 {2}window 40 ms, longest wait 38 ms .* lossless {2}/,
  );
  const json = await signalbox(["receipts", "--app", app, "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ run: { id, kind: "swap" }, receipt: { windowMs: 40 } });
});

test("a sync says its mode, and only an admin leaves behind what a feed did not carry", async () => {
  const app = await seedApp(it.db.store, STATES["Blue live, green fed"]!);
  await signalbox(["sync", "--mode", "snapshot", "--app", app, "--no-wait"]);
  const asked = await it.db.store.run.findFirstOrThrow({ where: { app: { name: app } } });
  expect(asked.input).toMatchObject({ mode: "snapshot" });
  const back = await seedApp(it.db.store, STATES["After a swap: blue live, green is the way back and fed"]!);
  const lossy = ["rollback", "--lossy", "--app", back, "--no-wait"];
  const refused = await signalbox(lossy, await it.token("operator"));
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("needs the role admin") });
  expect(await signalbox(lossy)).toMatchObject({ code: 0 });
  const run = await it.db.store.run.findFirstOrThrow({ where: { app: { name: back } } });
  expect(run.input).toMatchObject({ lossy: true });
});
