/** Holds and their ends, windows and people's hands, probes and pages: the gate's table in the course of time. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockPath } from "#lib/gate/lock-file.ts";
import { closeGate, openGate } from "#lib/gate/person-lock.ts";
import { CLOSED, type Doors, HELD, OPEN, startDoors } from "./testing/doors.ts";
import { PUBLIC, type Site, until, waiting } from "./testing.ts";

let site: Site;
let doors: Doors;
const meets: Doors["meets"] = (...what) => doors.meets(...what);
beforeEach(async () => {
  doors = await startDoors();
  site = doors.site;
});
afterEach(() => site.stop());

const now = () => Date.now();

const engineLock = (more: object = {}) => {
  const createdAt = Math.floor(now() / 1000) * 1000;
  return {
    app: "shop",
    runId: "r",
    token: 1,
    holdUntil: now() + 60_000,
    expiresAt: now() + 70_000,
    createdAt,
    ...more,
  };
};
/** As the engine leaves it: with the mtime that it wrote down. */
function writeAsEngine(path: string, lock = engineLock()): void {
  writeFileSync(path, JSON.stringify(lock));
  utimesSync(path, lock.createdAt / 1000, lock.createdAt / 1000);
}

describe("a lock with times", () => {
  test("holds until holdUntil, closes until expiresAt, and is gone from then on, removed by who sees it first", async () => {
    const lock = engineLock({ holdUntil: now() + 2_000, expiresAt: now() + 4_000 });
    writeAsEngine(site.lock, lock);
    await meets(HELD);
    await until(() => now() >= lock.holdUntil);
    await meets({ public: "503", staging: "503" });
    await until(() => now() >= lock.expiresAt);
    expect(doors.atSecondDoor(PUBLIC, "/")).toBe("passes");
    expect(existsSync(site.lock)).toBe(false);
    await meets(OPEN);
  }, 20_000);

  test.each([
    ["holdUntil in the past and no end", { holdUntil: 1 }, CLOSED],
    ["expiresAt in the past", { expiresAt: 1 }, OPEN],
    [
      "expiresAt before holdUntil, both to come",
      { holdUntil: 9e12, expiresAt: 8e12 },
      { public: "waits", staging: "passes" },
    ],
    ["only expiresAt, to come", { expiresAt: 9e12 }, CLOSED],
    ["times as ISO text", { holdUntil: "2099-01-01T00:00:00Z" }, { public: "waits", staging: "passes" }],
  ] as const)("a person's, with %s", async (_name, lock, expected) => {
    writeFileSync(site.lock, JSON.stringify(lock));
    await meets(expected);
  });

  test("written by an engine whose clock is an hour ahead still ends, and one an hour behind is an end already", async () => {
    writeAsEngine(site.lock, engineLock({ createdAt: Math.floor(now() / 1000) * 1000 + 3_600_000 }));
    await meets(HELD);
    const past = now() - 3_600_000;
    writeAsEngine(site.lock, engineLock({ holdUntil: past, expiresAt: past + 1_000 }));
    await meets(OPEN);
  });
});

describe("in a window", () => {
  const held = async () => {
    const asked = site.ask();
    await until(async () => (await waiting(site)) === 1);
    // Wrapped, or awaiting this would await the answer.
    return { asked };
  };

  test.each<[string, () => void]>([
    ["touched", () => execFileSync("touch", [site.lock])],
    [
      "replaced by an empty file",
      () => {
        rmSync(site.lock);
        writeFileSync(site.lock, "");
      },
    ],
    ["overwritten with garbage", () => writeFileSync(site.lock, "garbage")],
    ["closed by the dashboard", () => closeGate(site.home, "shop")],
    ["closed for everything", () => closeGate(site.home, null)],
    ["closed for everything by touch", () => execFileSync("touch", [lockPath(site.home, null)])],
  ])("a lock that is %s gives who waits their 503 at once, and the engine leaves it", async (_name, act) => {
    await site.hold("r", 1, 60_000);
    const { asked } = await held();
    act();
    expect((await asked).status).toBe(503);
    expect(await doors.atGateway(PUBLIC, "/")).toBe("503");
    expect(await site.gateways.holding("shop", "r", 0)).toBe(existsSync(lockPath(site.home, null)));
    await site.gateways.release("shop", "r", 1);
    expect(await doors.atGateway(PUBLIC, "/")).toBe("503");
    openGate(site.home, "shop");
    openGate(site.home, null);
    await meets(OPEN);
    expect(readdirSync(dirname(site.lock))).toEqual([]);
  });

  test("a lock that is removed lets who waits go", async () => {
    await site.hold("r", 1, 60_000);
    const { asked } = await held();
    execFileSync("rm", [site.lock]);
    expect((await asked).text).toBe("blue GET /");
    expect(await site.gateways.holding("shop", "r", 0)).toBe(false);
  });

  test("a hundred touches and removals by hand in a row are seen, each at the next request", async () => {
    for (let round = 0; round < 100; round += 1) {
      writeFileSync(site.lock, round % 2 === 0 ? "" : "x");
      expect((await site.ask()).status).toBe(503);
      rmSync(site.lock);
      expect((await site.ask()).status).toBe(200);
    }
  });
});

describe("health probes", () => {
  test.each([
    ["one app", "shop"],
    ["everything", null],
  ] as const)(
    "are answered while %s is held, by whatever lock, and are not once a person closes",
    async (_name, app) => {
      const path = lockPath(site.home, app);
      writeAsEngine(path);
      await meets({ public: "200 ok", staging: "200 ok" }, "/healthz?from=lb");
      await meets(HELD, "/healthz/deeper");
      writeFileSync(path, JSON.stringify({ holdUntil: now() + 60_000 }));
      await meets({ public: "200 ok", staging: "passes" }, "/healthz");
      execFileSync("rm", [path]);
      execFileSync("touch", [path]);
      await meets(CLOSED, "/healthz");
    },
  );
});

describe("pages and folders", () => {
  test("the page of one's own is used at both doors, the app's before everybody's", async () => {
    const pages = () => {
      const headers: Record<string, string> = { host: PUBLIC };
      const answer = doors.second.ask({ method: "GET", path: "/", header: (name) => headers[name] ?? null });
      return answer.act === "answer" ? answer.answer.body : "";
    };
    closeGate(site.home, "shop", { message: "<Nine>" });
    writeFileSync(join(site.home.maintenance, "503.html"), "all: {{message}}");
    expect([(await site.ask()).text, pages()]).toEqual(["all: &lt;Nine&gt;", "all: &lt;Nine&gt;"]);
    writeFileSync(join(site.home.maintenance, "shop", "503.html"), "shop: {{ message }}");
    expect([(await site.ask()).text, pages()]).toEqual(["shop: &lt;Nine&gt;", "shop: &lt;Nine&gt;"]);
  });

  test("what the gateway and the engine write lies in the folder that the app sees as SIGNALBOX_MAINTENANCE_DIR", async () => {
    const folder = join(site.home.maintenance, "shop");
    await site.hold("r", 1);
    expect(JSON.parse(readFileSync(join(folder, "enabled.lock"), "utf8"))).toMatchObject({ runId: "r" });
    await site.gateways.release("shop", "r", 1);
    closeGate(site.home, "shop");
    expect(readdirSync(folder)).toEqual(["enabled.lock"]);
  });

  test("no maintenance folder at all is an open gate, and closing makes it", async () => {
    rmSync(site.home.maintenance, { recursive: true });
    await meets(OPEN);
    closeGate(site.home, "shop");
    await meets(CLOSED);
  });
});
