/** Who closes the gate, and what may stand in the lock's place: the same at both doors. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "vitest";
import { lockPath } from "#lib/gate/lock-file.ts";
import { closeGate, openGate } from "#lib/gate/person-lock.ts";
import { CLOSED, type Doors, OPEN, startDoors } from "./testing/doors.ts";
import type { Site } from "./testing.ts";

let site: Site;
let doors: Doors;
const meets: Doors["meets"] = (...what) => doors.meets(...what);
beforeEach(async () => {
  doors = await startDoors();
  site = doors.site;
});
afterEach(() => site.stop());

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
    "a file of 100 MB": (path) => {
      writeFileSync(path, "");
      truncateSync(path, 100 * 1024 * 1024);
    },
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
    writeFileSync(site.lock, JSON.stringify({ holdUntil: Date.now() + 60_000 }));
    chmodSync(site.lock, 0);
    const root = process.getuid?.() === 0;
    await meets(root ? { public: "waits", staging: "passes" } : CLOSED);
  });
});
