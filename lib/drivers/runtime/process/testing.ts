/** For tests: drivers on a home of the test's own. */
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { Home } from "#lib/config/home.ts";
import type { RuntimeDriver } from "#lib/engine/ports.ts";
import { createProcessRuntime, type ProcessRuntimeOptions } from "../process.ts";
import { appPaths } from "./paths.ts";
import { ifMissing } from "./state.ts";
import { stopAllSlotProcesses } from "./stop-all.ts";

export async function temporaryHome(): Promise<Home> {
  const dir = await mkdtemp(join(tmpdir(), "signalbox-runtime-"));
  await chmod(dir, 0o755);
  return { dir, root: dir, maintenance: join(dir, "maintenance") };
}

export async function removeHome(home: Home): Promise<void> {
  await stopAllSlotProcesses(home, 0);
  await rm(home.dir, { recursive: true });
}

/** Everything in the folder of an app's releases, finished or not. */
export const releases = (home: Home, app: string) =>
  readdir(appPaths(home, app).releases).catch(ifMissing([]));

export interface Bench {
  home: Home;
  driver: RuntimeDriver;
  /** Another driver takes over. */
  next(): Promise<void>;
}

/** A home and a driver for each test. */
export function benchWithDriver(options: Omit<ProcessRuntimeOptions, "home"> = {}): Bench {
  const bench = {} as Bench;
  const create = () => createProcessRuntime({ home: bench.home, user: "same", ...options });
  beforeEach(async () => {
    bench.home = await temporaryHome();
    bench.driver = await create();
  });
  afterEach(async () => {
    await bench.driver.dispose();
    await removeHome(bench.home);
  });
  bench.next = async () => {
    await bench.driver.dispose();
    bench.driver = await create();
  };
  return bench;
}
