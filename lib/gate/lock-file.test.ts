import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockPath, readLock, removeOwnLock, writeEngineLock } from "./lock-file.ts";
import { LockReader } from "./lock-reader.ts";
import { closeGate, gateStatus, openGate } from "./person-lock.ts";

let maintenance: string;
let path: string;
beforeEach(() => {
  maintenance = mkdtempSync(join(tmpdir(), "signalbox-lock-"));
  path = lockPath({ maintenance }, "shop");
  mkdirSync(dirname(path));
});
afterEach(() => rmSync(maintenance, { recursive: true, force: true }));

const lock = (more: object = {}) => ({
  app: "shop",
  runId: "run-1",
  token: 4,
  holdUntil: Date.now() + 10_000,
  expiresAt: Date.now() + 20_000,
  ...more,
});
const run = { runId: "run-1", token: 4 };
const leftovers = () => readdirSync(dirname(path)).filter((name) => name.startsWith("."));

describe("the engine's lock", () => {
  test("is written, read back untouched and removed by its own run", () => {
    expect(writeEngineLock(path, lock())).toEqual({ written: true });
    expect(readLock(path)).toMatchObject({
      kind: "lock",
      touched: false,
      lock: { runId: "run-1", token: 4 },
    });
    expect(removeOwnLock(path, run)).toBe("removed");
    expect(existsSync(path)).toBe(false);
    expect(removeOwnLock(path, run)).toBe("absent");
    expect(leftovers()).toEqual([]);
  });

  test("never overwrites a lock that is there", () => {
    for (const content of [
      "",
      "garbage",
      JSON.stringify({ message: "mine" }),
      JSON.stringify(lock({ runId: "other" })),
    ]) {
      writeFileSync(path, content);
      expect(writeEngineLock(path, lock())).toMatchObject({ written: false });
      expect(readFileSync(path, "utf8")).toBe(content);
      expect(removeOwnLock(path, run)).toBe("kept");
    }
    expect(leftovers()).toEqual([]);
  });

  test("that somebody touched is a person's and stays", () => {
    writeEngineLock(path, lock());
    execFileSync("touch", [path]);
    expect(readLock(path)).toMatchObject({ touched: true });
    expect(removeOwnLock(path, run)).toBe("kept");
    expect(writeEngineLock(path, lock())).toMatchObject({ written: false });
    expect(existsSync(path)).toBe(true);
  });

  test("that somebody rewrote in place stays", () => {
    writeEngineLock(path, lock());
    const content = readFileSync(path, "utf8");
    writeFileSync(path, content);
    expect(removeOwnLock(path, run)).toBe("kept");
  });

  test("is not removed by a lower token or another run, and is by a higher token of the same run", () => {
    writeEngineLock(path, lock());
    expect(removeOwnLock(path, { runId: "run-1", token: 3 })).toBe("kept");
    expect(removeOwnLock(path, { runId: "run-2", token: 9 })).toBe("kept");
    expect(removeOwnLock(path, { runId: "run-1", token: 5 })).toBe("removed");
  });

  test("written again by the same run is extended, never shortened", () => {
    const first = lock();
    writeEngineLock(path, first);
    expect(writeEngineLock(path, lock({ holdUntil: 1, expiresAt: 2 }))).toEqual({ written: true });
    expect(readLock(path)).toMatchObject({ lock: { holdUntil: first.holdUntil } });
    const longer = lock({ token: 5, holdUntil: first.holdUntil + 5000, expiresAt: first.expiresAt + 5000 });
    expect(writeEngineLock(path, longer)).toEqual({ written: true });
    expect(readLock(path)).toMatchObject({ touched: false, lock: { holdUntil: longer.holdUntil, token: 5 } });
    expect(leftovers()).toEqual([]);
  });

  test("takes the place of a lock that has expired", () => {
    writeEngineLock(path, lock({ runId: "dead", holdUntil: Date.now() - 20, expiresAt: Date.now() - 10 }));
    expect(writeEngineLock(path, lock())).toEqual({ written: true });
    expect(readLock(path)).toMatchObject({ lock: { runId: "run-1" } });
  });
});

describe("reading", () => {
  test("empty, garbage, a folder, a link and wrong types are locks that say nothing", () => {
    const make: Record<string, () => void> = {
      empty: () => writeFileSync(path, ""),
      garbage: () => writeFileSync(path, "{not json"),
      array: () => writeFileSync(path, "[]"),
      "wrong type": () => writeFileSync(path, JSON.stringify({ holdUntil: "soon" })),
      huge: () => writeFileSync(path, JSON.stringify({ x: "y".repeat(70_000) })),
      folder: () => mkdirSync(path),
      link: () => symlinkSync("/dev/null", path),
      "dangling link": () => symlinkSync("/nowhere", path),
      fifo: () => void execFileSync("mkfifo", [path]),
    };
    for (const [name, act] of Object.entries(make)) {
      act();
      expect(readLock(path), name).toEqual({ kind: "bare" });
      openGate({ maintenance }, "shop");
      expect(readLock(path), name).toEqual({ kind: "absent" });
    }
  });

  test("dates may be ISO text", () => {
    writeFileSync(path, JSON.stringify({ expiresAt: "2030-01-01T00:00:00Z" }));
    expect(readLock(path)).toMatchObject({ lock: { expiresAt: Date.UTC(2030, 0, 1) } });
  });

  test("the reader sees every change and removes what has expired", () => {
    const reader = new LockReader({ maintenance });
    expect(reader.read("shop").app).toEqual({ kind: "absent" });
    execFileSync("touch", [path]);
    expect(reader.read("shop").app).toEqual({ kind: "bare" });
    writeFileSync(path, JSON.stringify({ message: "a" }));
    expect(reader.read("shop").app).toMatchObject({ lock: { message: "a" } });
    writeFileSync(path, JSON.stringify({ message: "b" }));
    expect(reader.read("shop").app).toMatchObject({ lock: { message: "b" } });
    rmSync(path);
    expect(reader.read("shop").app).toEqual({ kind: "absent" });
    writeEngineLock(path, lock({ holdUntil: 1, expiresAt: 2 }));
    expect(reader.read("shop").app).toEqual({ kind: "absent" });
    expect(existsSync(path)).toBe(false);
    // Touched, it is a person's: it lasts.
    writeEngineLock(path, lock({ holdUntil: 1, expiresAt: 2 }));
    execFileSync("touch", [path]);
    expect(reader.read("shop").app).toMatchObject({ touched: true });
    expect(existsSync(path)).toBe(true);
  });
});

describe("a person's hand", () => {
  test("closes and opens one app or all", () => {
    const home = { maintenance };
    closeGate(home, "shop", { message: "Back soon", retryAfter: 30 });
    expect(gateStatus(home, "shop")).toEqual({
      state: "closed",
      by: "person",
      scope: "app",
      message: "Back soon",
      until: null,
    });
    openGate(home, "shop");
    closeGate(home, null);
    expect(gateStatus(home, "shop")).toMatchObject({ state: "closed", scope: "all" });
    openGate(home, null);
    openGate(home, null);
    expect(gateStatus(home, "shop")).toMatchObject({ state: "open", by: null });
  });

  test("takes over an engine's hold, which then leaves it alone", () => {
    writeEngineLock(path, lock());
    expect(gateStatus({ maintenance }, "shop")).toMatchObject({ state: "held", by: "engine" });
    closeGate({ maintenance }, "shop");
    expect(gateStatus({ maintenance }, "shop")).toMatchObject({ state: "closed", by: "person", until: null });
    expect(removeOwnLock(path, run)).toBe("kept");
  });

  test("a random name is open", () => {
    expect(gateStatus({ maintenance }, `a${randomUUID()}`)).toMatchObject({ state: "open" });
  });
});
