/** Starts one process of a slot so that it needs nothing of ours any more. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import type { Home } from "#lib/config/home.ts";
import type { SlotRef } from "#lib/engine/model.ts";
import { Refusal } from "#lib/engine/ports.ts";
import type { ProcessIdentity } from "#lib/observability/process-identity.ts";
import { appPath, maintenanceFolder, withMarker } from "./environment.ts";
import { logFile, type SlotPaths, slotPaths } from "./paths.ts";
import { startTimeOfChild } from "./proc.ts";
import { openEnvironment, type Secrets } from "./sealed-environment.ts";
import { shellArguments } from "./shell.ts";
import type { Desired, Exit } from "./state.ts";
import { prepareSlot } from "./user.ts";

/** Without `instance`: what the markers of all its starts begin with. */
export const marker = (paths: SlotPaths, process: string, instance = ""): string =>
  `${paths.dir}#${process}#${instance}`;

/** The environment beyond what the spec gives. */
export async function slotEnvironment(
  home: Home,
  ref: SlotRef,
  { version, port, otherUser }: { version: string; port: number; otherUser: boolean },
): Promise<Record<string, string>> {
  return {
    PATH: await appPath(home, otherUser),
    HOME: slotPaths(home, ref).home,
    PORT: String(port),
    SLOT: ref.slot,
    RELEASE: version,
    SIGNALBOX_MAINTENANCE_DIR: await maintenanceFolder(home, ref.app),
  };
}

/** A session of its own, output to the log file. Rejects with Refusal when the system can't start it. */
export async function launch(
  home: Home,
  mode: "auto" | "same",
  secrets: Secrets,
  ref: SlotRef,
  process: string,
  instance: string,
  desired: Desired,
): Promise<{ leader: ProcessIdentity; exit: Promise<Exit> }> {
  const { paths, user } = await prepareSlot(home, ref, mode);
  const { release, port } = desired;
  const base = await slotEnvironment(home, ref, { version: release.version, port, otherUser: user !== null });
  const log = await open(logFile(paths, process), "a", 0o600);
  try {
    const child = spawn("/bin/sh", shellArguments(desired.command), {
      cwd: release.dir,
      env: withMarker(
        { ...openEnvironment(secrets, ref, process, desired.sealedEnv), ...base },
        marker(paths, process, instance),
      ),
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      ...user,
    });
    // Both now, before the loop turns: it may have died already and is there only until it is waited for.
    const exit = new Promise<Exit>((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal, at: Date.now() }));
    });
    const startTime = child.pid === undefined ? null : startTimeOfChild(child.pid);
    if (child.pid === undefined) {
      const [error] = await once(child, "error");
      throw error;
    }
    if (startTime === null) {
      child.kill("SIGKILL");
      throw new Error("/proc can't be read");
    }
    child.unref();
    return { exit, leader: { pid: child.pid, startTime } };
  } catch (error) {
    throw new Refusal(
      "process-not-started",
      `${process} of ${ref.app} ${ref.slot} could not be started: ${(error as Error).message}.`,
      "Check that the release's folder is there and that its OS user may enter it; deploying again makes a new one.",
      { cause: error },
    );
  } finally {
    await log.close();
  }
}
