/** The gate's table, row by row, at both doors, whoever closes and opens it. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockPath } from "#lib/gate/lock-file.ts";
import { closeGate, openGate } from "#lib/gate/person-lock.ts";
import { SecondDoor } from "#lib/gate/second-door.ts";
import { PUBLIC, SECRET_KEY, type Site, STAGING, startSite, until, waiting } from "./testing.ts";

let site: Site;
let second: SecondDoor;
let everything: string;
beforeEach(async () => {
  site = await startSite();
  second = new SecondDoor({ home: site.home, dashboardHosts: ["localhost"], secretKey: () => SECRET_KEY });
  everything = lockPath(site.home, null);
});
afterEach(() => site.stop());

type Met = "passes" | "waits" | "503" | "200 ok";
const now = () => Date.now();

/** What a request meets at the gateway; one that waits hangs up again. */
async function atGateway(host: string, path: string): Promise<Met> {
  const before = await waiting(site);
  const gone = new AbortController();
  const answered = site.ask({ host, path, signal: gone.signal }).catch(() => null);
  const waits = until(async () => (await waiting(site)) > before || gone.signal.aborted).then(() => null);
  const answer = await Promise.race([answered, waits]);
  gone.abort();
  if (answer === null) {
    await until(async () => (await waiting(site)) === before);
    return "waits";
  }
  if (answer.status === 503) {
    expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
    expect(answer.headers["cache-control"]).toBe("no-store");
    return "503";
  }
  return answer.text === "ok\n" ? "200 ok" : "passes";
}

/** The second door lets wait at the gateway. */
function atSecondDoor(host: string, path: string): Met {
  const headers: Record<string, string> = { host };
  const answer = second.ask({ method: "GET", path, header: (name) => headers[name] ?? null });
  if (answer.act !== "answer") return "passes";
  expect(answer.answer.headers).toMatchObject({ "cache-control": "no-store" });
  expect(answer.answer.headers["retry-after"]).toMatch(/^\d+$/);
  return String(answer.answer.status) as Met;
}

/** Asserts what public and staging meet, at both doors. */
async function meets(expected: { public: Met; staging: Met }, path = "/"): Promise<void> {
  for (const [audience, host] of [
    ["public", PUBLIC],
    ["staging", STAGING],
  ] as const) {
    expect(await atGateway(host, path), `${audience} at the gateway`).toBe(expected[audience]);
    const throughSecond = expected[audience] === "503" ? "503" : "passes";
    expect(atSecondDoor(host, path), `${audience} at the second door`).toBe(throughSecond);
  }
}

const OPEN = { public: "passes", staging: "passes" } as const;
const CLOSED = { public: "503", staging: "passes" } as const;
const HELD = { public: "waits", staging: "waits" } as const;

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

describe("who closes it and opens it", () => {
  const acts: Record<
    string,
    { close(path: string, app: string | null): void; open(path: string, app: string | null): void }
  > = {
    "touch and rm": {
      close: (path) => void execFileSync("touch", [path]),
      open: (path) => void execFileSync("rm", [path]),
    },
    "the act of dashboard, API and CLI": {
      close: (_path, app) => closeGate(site.home, app, { message: "Back at nine" }),
      open: (_path, app) => openGate(site.home, app),
    },
    "mv from and to another place": {
      close: (path) => {
        writeFileSync(join(site.home.dir, "aside"), "");
        renameSync(join(site.home.dir, "aside"), path);
      },
      open: (path) => renameSync(path, join(site.home.dir, "aside")),
    },
  };
  const scopes = [
    ["one app", "shop"],
    ["everything", null],
  ] as const;
  test.each(Object.keys(acts).flatMap((act) => scopes.map(([name, app]) => [act, name, app] as const)))(
    "%s, for %s",
    async (act, _name, app) => {
      const { close, open } = acts[act]!;
      const path = lockPath(site.home, app);
      await meets(OPEN);
      close(path, app);
      await meets(CLOSED);
      open(path, app);
      await meets(OPEN);
    },
  );

  test("one can close what the other opens", async () => {
    execFileSync("touch", [site.lock]);
    openGate(site.home, "shop");
    await meets(OPEN);
    closeGate(site.home, "shop");
    execFileSync("rm", [site.lock]);
    await meets(OPEN);
  });

  test("another app's lock is none of ours", async () => {
    mkdirSync(join(site.home.maintenance, "other"));
    execFileSync("touch", [lockPath(site.home, "other")]);
    await meets(OPEN);
  });
});

describe("whatever stands in the lock's place closes", () => {
  const things: Record<string, (path: string) => void> = {
    "an empty file": (path) => writeFileSync(path, ""),
    garbage: (path) => writeFileSync(path, "{not json"),
    "binary garbage": (path) => writeFileSync(path, Buffer.from([0, 255, 254, 1, 2, 0])),
    "a list": (path) => writeFileSync(path, "[]"),
    null: (path) => writeFileSync(path, "null"),
    "wrong types": (path) => writeFileSync(path, '{"holdUntil":"soon","expiresAt":[]}'),
    "a file of 100 MB": (path) => execFileSync("truncate", ["-s", "100M", path]),
    "a file of mode 000": (path) => {
      writeFileSync(path, "");
      chmodSync(path, 0);
    },
    "a folder": (path) => mkdirSync(path),
    "a folder with something in it": (path) => mkdirSync(join(path, "deeper"), { recursive: true }),
    "a link to nowhere": (path) => symlinkSync("/nowhere/at/all", path),
    "a link to itself": (path) => symlinkSync(path, path),
    "a link to a lock that would have run out": (path) => {
      const other = join(site.home.dir, "other.lock");
      writeFileSync(other, JSON.stringify({ expiresAt: 1 }));
      symlinkSync(other, path);
    },
    "a FIFO that nobody writes to": (path) => execFileSync("mkfifo", [path]),
    "a device": (path) => symlinkSync("/dev/zero", path),
  };
  test.each(Object.entries(things))("%s", async (_name, make) => {
    make(site.lock);
    await meets(CLOSED);
    openGate(site.home, "shop");
    await meets(OPEN);
  });

  test("a file of mode 000 is read by root alone: then its content decides", async () => {
    writeFileSync(site.lock, JSON.stringify({ holdUntil: now() + 60_000 }));
    chmodSync(site.lock, 0);
    const root = process.getuid?.() === 0;
    await meets(root ? { public: "waits", staging: "passes" } : CLOSED);
  });
});

describe("a lock with times", () => {
  test("holds until holdUntil, closes until expiresAt, and is gone from then on, removed by who sees it first", async () => {
    const lock = engineLock({ holdUntil: now() + 2_000, expiresAt: now() + 4_000 });
    writeAsEngine(site.lock, lock);
    await meets(HELD);
    await until(() => now() >= lock.holdUntil);
    await meets({ public: "503", staging: "503" });
    await until(() => now() >= lock.expiresAt);
    expect(atSecondDoor(PUBLIC, "/")).toBe("passes");
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
    ["closed for everything by touch", () => execFileSync("touch", [everything])],
  ])("a lock that is %s gives who waits their 503 at once, and the engine leaves it", async (_name, act) => {
    await site.hold("r", 1, 60_000);
    const { asked } = await held();
    act();
    expect((await asked).status).toBe(503);
    expect(await atGateway(PUBLIC, "/")).toBe("503");
    expect(await site.gateways.holding("shop", "r", 0)).toBe(existsSync(everything));
    await site.gateways.release("shop", "r", 1);
    expect(await atGateway(PUBLIC, "/")).toBe("503");
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
      const answer = second.ask({ method: "GET", path: "/", header: (name) => headers[name] ?? null });
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
