/** `<home>/run/supervisor.json`: who supervises a home and how far everything is. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "#lib/config/atomic-file.ts";
import { type Home, homePaths } from "#lib/config/home.ts";
import { isAlive } from "#lib/observability/process-identity.ts";

const managedState = z.enum(["starting", "ready", "backing-off", "stopped"]);

const managedStatus = z.object({
  state: managedState,
  pid: z.number().int().nullable(),
  /** How often it came up again after dying by itself. */
  restarts: z.number().int(),
  /** Why it died or did not start, the last time. */
  error: z.string().nullable(),
});
export type ManagedStatus = z.infer<typeof managedStatus>;

export const supervisorStatus = z.object({
  pid: z.number().int(),
  startTime: z.string(),
  /** `ready`: everything has come up once. `failed`: gave up, see `error`. */
  state: z.enum(["starting", "ready", "stopping", "failed"]),
  error: z.string().nullable(),
  /** Of the gateway; null before ports are settled. */
  address: z.object({ host: z.string(), port: z.number().int() }).nullable(),
  processes: z.record(z.string(), managedStatus),
});
export type SupervisorStatus = z.infer<typeof supervisorStatus>;

const statusFile = (home: Home) => join(homePaths(home).run, "supervisor.json");

/** Null when the home was never supervised. It may be of a supervisor that is gone: see `isSupervised`. */
export async function readSupervisorStatus(home: Home): Promise<SupervisorStatus | null> {
  try {
    return supervisorStatus.parse(JSON.parse(await readFile(statusFile(home), "utf8")));
  } catch {
    return null;
  }
}

/** Whether the supervisor that wrote the status lives. */
export const isSupervised = (status: SupervisorStatus | null): status is SupervisorStatus =>
  status !== null && isAlive(status);

/**
 * Resolves when the supervisor with this pid has everything up. Rejects with its reason when it failed or ended,
 * and with the state of each process after `timeoutMs`.
 */
export async function untilReady(home: Home, pid: number, timeoutMs: number): Promise<SupervisorStatus> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const status = await readSupervisorStatus(home);
    if (status?.pid === pid) {
      if (status.state === "ready") return status;
      if (status.state === "failed") throw new Error(status.error ?? "the supervisor failed");
      if (!isAlive(status)) throw new Error(status.error ?? "the supervisor ended before everything was up");
    }
    if (performance.now() > deadline) {
      const states = Object.entries(status?.processes ?? {}).map(
        ([name, { state, error }]) => `${name} ${state}${error ? ` (${error})` : ""}`,
      );
      throw new Error(
        `not everything came up in ${timeoutMs / 1000} s: ${states.join(", ") || "nothing did"}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Writes it after each change; changes that come while a write is under way are written together. */
export function statusWriter(home: Home) {
  let writing: Promise<void> | null = null;
  let next: SupervisorStatus | null = null;
  const run = async () => {
    while (next) {
      const status = next;
      next = null;
      await writeWhole(statusFile(home), `${JSON.stringify(status, null, 2)}\n`);
    }
    writing = null;
  };
  return {
    write(status: SupervisorStatus): void {
      next = structuredClone(status);
      writing ??= run();
    },
    /** Resolves when all is on disk. */
    flushed: async (): Promise<void> => {
      while (writing) await writing;
    },
  };
}
