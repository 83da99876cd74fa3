/** For tests: slots' folders in a temporary place, and writers with the app's rights. */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { SlotRef } from "#lib/engine/model.ts";
import type { DataDriver } from "#lib/engine/ports.ts";
import { createFilesData } from "../files.ts";
import { asRoot, type FilesMode, Place } from "./places.ts";
import { FileStore } from "./store.ts";

const run = promisify(execFile);
/** `nobody`: as root the app's files belong to somebody who is not root. */
export const APP_USER = asRoot ? { uid: 65_534, gid: 65_534 } : null;

export interface FilesLab {
  dir: string;
  store: FileStore;
  driver: DataDriver;
  blue: SlotRef;
  green: SlotRef;
  /** Of the folder `uploads`. */
  path(slot: SlotRef): string;
  /** Runs a shell line as the app, in its folder; rejects when it fails. `args` are $1 and so on. */
  asApp(slot: SlotRef, line: string, ...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

let labs = 0;

export async function startFilesLab(
  mode: FilesMode = "follow",
  { within = tmpdir(), store = new FileStore() } = {},
): Promise<FilesLab> {
  const dir = await mkdtemp(join(within, "signalbox-files-"));
  await chmod(dir, 0o755);
  const app = `lab-${++labs}`;
  const driver = createFilesData({
    app,
    store,
    place: async ({ slot }) => new Place(join(dir, slot), APP_USER),
    folders: () => [{ name: "uploads", env: "UPLOADS_DIR", mode }],
  });
  const [blue, green] = [{ app, slot: "blue" } as const, { app, slot: "green" } as const];
  await driver.provision(blue);
  await driver.provision(green);
  const path = ({ slot }: SlotRef) => join(dir, slot, "data", "uploads");
  return {
    dir,
    store,
    driver,
    blue,
    green,
    path,
    async asApp(slot, line, ...args) {
      // The folder is reached by name, as the app reaches it.
      const script = `cd "$0" && ${line}`;
      const { stdout } = await run("/bin/sh", ["-c", script, path(slot), ...args], { ...APP_USER, cwd: "/" });
      return stdout;
    },
    async stop() {
      await store.of(app).take(async () => store.of(app).close());
      await run("chmod", ["-R", "u+rwx", dir]).catch(() => {});
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Everything there is with kind, permissions, owner, size, link and content, as one text. */
export async function listing(it: FilesLab, slot: SlotRef): Promise<string> {
  const script =
    'find . -mindepth 1 ! -type d -printf "%P|%y|%m|%U|%l|" \\( -type f -exec sha256sum -b {} \\; -o -printf "\\n" \\) | sed "s# .*##" | sort; find . -mindepth 1 -type d -printf "%P|d|%m|%U\\n" | sort';
  const { stdout } = await run("/bin/sh", ["-c", script], { cwd: it.path(slot) });
  return stdout;
}
