import { spawn, spawnSync } from "node:child_process";
import { chmod, chown } from "node:fs/promises";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { waitForExit } from "#lib/observability/process-identity.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { freePort } from "#lib/store/postgres-server.ts";
import { startTestCluster } from "#lib/store/testing.ts";
import { type Installation, makeInstallation, STUB_SUPERVISOR } from "./testing/installation.ts";

const asRoot = process.getuid?.() === 0;
const nobody = { uid: 65_534, gid: 65_534 };
/** Not so in a clone that root keeps to itself. */
const nobodyReachesUs =
  asRoot &&
  spawnSync(process.execPath, ["-e", "fs.accessSync(process.argv[1])", STUB_SUPERVISOR], nobody).status === 0;
const ALL = ["engine", "gateway", "web"];
let installation: Installation;

beforeEach(async () => {
  installation = await makeInstallation();
});
afterEach(() => installation.remove());

const ready = () => installation.until("ready", (status) => status.state === "ready");
const pids = (status: Awaited<ReturnType<typeof ready>>) =>
  Object.fromEntries(Object.entries(status.processes).map(([name, { pid }]) => [name, pid]));

describe("a supervisor", () => {
  test("brings everything up, and back after kill -9", async () => {
    installation.start(ALL);
    const before = pids(await ready());
    expect(Object.keys(before).sort()).toEqual(["data", "engine", "gateway", "store", "web"]);
    for (const [name, pid] of Object.entries(before)) {
      process.kill(pid!, "SIGKILL");
      const back = await installation.until(`${name} back`, ({ processes }) => {
        const now = processes[name]!;
        return now.state === "ready" && now.pid !== pid;
      });
      expect(back.processes[name]!.restarts).toBe(1);
    }
  });

  test("is replaced after its own kill -9 by one that adopts what runs", async () => {
    const first = installation.start(ALL);
    const before = pids(await ready());
    first.process.kill("SIGKILL");
    await first.exited;
    const second = installation.start(ALL);
    const after = await installation.until(
      "adopted",
      ({ state, pid }) => state === "ready" && pid === second.process.pid,
    );
    expect(pids(after)).toEqual(before);
    process.kill(before.web!, "SIGKILL");
    await installation.until(
      "web back",
      ({ processes: { web } }) => web!.state === "ready" && web!.pid !== before.web,
    );
  });

  test("replaces what was started another way, and ends what it does not know", async () => {
    const first = installation.start(["engine", "gateway", "extra"]);
    const before = pids(await ready());
    first.process.kill("SIGKILL");
    await first.exited;
    const second = installation.start(["engine=stubborn", "gateway"]);
    const after = await installation.until(
      "ready",
      ({ state, pid }) => state === "ready" && pid === second.process.pid,
    );
    expect(after.processes.gateway!.pid).toBe(before.gateway);
    expect(after.processes.engine!.pid).not.toBe(before.engine);
    const left = installation.processes().map(({ pid }) => pid);
    expect(left).not.toContain(before.extra);
    expect(left).not.toContain(before.engine);
  });

  test("refuses to be the second one of a home, and says who is first", async () => {
    const first = installation.start(ALL);
    await ready();
    const second = installation.start(ALL);
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`already runs in`);
    expect(second.output()).toContain(`process ${first.process.pid}`);
    expect((await installation.status()).state).toBe("ready");
  });

  test("of ten at once one wins", async () => {
    const all = Array.from({ length: 10 }, () => installation.start(["engine"]));
    const { pid } = await ready();
    const losers = all.filter(({ process }) => process.pid !== pid);
    expect(losers).toHaveLength(9);
    expect(await Promise.all(losers.map(({ exited }) => exited))).toEqual(losers.map(() => 1));
    expect((await installation.status()).pid).toBe(pid);
  });

  test.each(["SIGTERM", "SIGINT"] as const)("leaves nothing after %s", async (signal) => {
    const { process, exited, output } = installation.start(ALL);
    await ready();
    process.kill(signal);
    expect(await exited, output()).toBe(0);
    expect(installation.processes()).toEqual([]);
  });

  test("leaves nothing when it is stopped while it comes up", async () => {
    const { process, exited } = installation.start(ALL);
    await installation.until("starting", ({ processes }) => processes.store?.state === "starting");
    process.kill("SIGTERM");
    expect(await exited).toBe(0);
    expect(installation.processes()).toEqual([]);
  });

  test("a second signal ends it by force at once", async () => {
    const { process, exited } = installation.start(["engine=stubborn"]);
    await ready();
    process.kill("SIGINT");
    await installation.until("stopping", ({ state }) => state === "stopping");
    await new Promise((resolve) => setTimeout(resolve, 600));
    const forced = performance.now();
    process.kill("SIGINT");
    expect(await exited).toBe(0);
    // Left to itself it would be given 10 s.
    expect(performance.now() - forced).toBeLessThan(8_000);
    expect(installation.processes()).toEqual([]);
  });

  test("goes on with the rest when one keeps dying, and says so clearly", async () => {
    const { output } = installation.start(["engine", "web=dies"]);
    await installation.until("tried five times", ({ processes }) => (processes.web?.restarts ?? 0) >= 5);
    const { processes, state } = await installation.status();
    expect(state).toBe("starting");
    expect(processes.engine!.state).toBe("ready");
    expect(processes.web!.error).toContain("exit code 7");
    await expect.poll(output).toContain("web died 5 times in a row");
  });

  test("stops everything when the process that started it is gone, if asked to", async () => {
    const parent = spawn("sh", ["-c", 'node "$@" & wait', "sh", STUB_SUPERVISOR, ...ALL], {
      env: { ...process.env, ...installation.env, SIGNALBOX_STOP_WITH_PARENT: "1" },
      stdio: "ignore",
    });
    const { pid, startTime } = await ready();
    parent.kill("SIGKILL");
    expect(await waitForExit({ pid, startTime }, 15_000)).toBe(true);
    expect(installation.processes()).toEqual([]);
  });

  test.runIf(asRoot)("works as root in a folder closed to others", async () => {
    await chmod(installation.folder, 0o700);
    const { process, exited } = installation.start(ALL);
    await ready();
    process.kill("SIGTERM");
    expect(await exited).toBe(0);
    expect(installation.processes()).toEqual([]);
  });

  test.runIf(asRoot && nobodyReachesUs)("works as an ordinary user", async () => {
    await chown(installation.folder, nobody.uid, nobody.gid);
    const { process, exited, output } = installation.start(ALL, { as: nobody });
    await ready();
    expect(installation.processes().length, output()).toBeGreaterThan(5);
    process.kill("SIGTERM");
    expect(await exited).toBe(0);
    expect(installation.processes()).toEqual([]);
  });

  test("starts no server of its own where the environment names one", async () => {
    const cluster = await startTestCluster();
    try {
      const DATABASE_URL = await cluster.createDatabase();
      const { process, exited } = installation.start(["engine"], {
        env: { DATABASE_URL, SIGNALBOX_DATA_URL: cluster.adminUrl },
      });
      expect(Object.keys((await ready()).processes)).toEqual(["engine"]);
      expect(await migrateStore(DATABASE_URL)).toEqual([]);
      process.kill("SIGTERM");
      expect(await exited).toBe(0);
    } finally {
      await cluster.stop();
    }
  });

  test("says why and ends when the store of one's own can't be used", async () => {
    const port = await freePort();
    const { exited, output } = installation.start(["engine"], {
      env: {
        DATABASE_URL: `postgresql://me:hunter2@127.0.0.1:${port}/none`,
        SIGNALBOX_DATA_URL: `postgresql://me@127.0.0.1:${port}/none`,
      },
    });
    expect(await exited).toBe(1);
    expect(output()).toContain(`127.0.0.1:${port}`);
    expect(output()).not.toContain("hunter2");
    expect((await installation.status()).state).toBe("failed");
  });

  test("names a gateway port that somebody else has, and leaves nothing", async () => {
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(installation.port, "127.0.0.1", resolve));
    const { exited, output } = installation.start(ALL);
    expect(await exited).toBe(1);
    expect(output()).toContain(`port ${installation.port} on 127.0.0.1 is taken`);
    expect(installation.processes()).toEqual([]);
    stranger.close();
  });
});
