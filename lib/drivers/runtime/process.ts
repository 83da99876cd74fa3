/**
 * Runtime `process`: releases are folders on this machine, slots are process groups of their own. They outlive the
 * engine; the next one finds them by what is on disk and in /proc. Linux only.
 */
import { z } from "zod";
import { SLOT_NAMES, type SlotRef } from "#lib/engine/model.ts";
import { Refusal, type RuntimeDriver, type SlotSpec } from "#lib/engine/ports.ts";
import type { ProcessIdentity } from "#lib/observability/process-identity.ts";
import { freeBytes } from "./process/disk-use.ts";
import { signalAll } from "./process/group.ts";
import { waitUntilHealthy } from "./process/health.ts";
import { clearUnfinished, installedReleases, installRelease, uninstallRelease } from "./process/install.ts";
import { Keeper } from "./process/keeper.ts";
import { marker } from "./process/launch.ts";
import { lastWords, slotLogs } from "./process/logs.ts";
import { endLeftCommands, runOnceInSlot } from "./process/once.ts";
import { logFile, slotPaths } from "./process/paths.ts";
import { rotate } from "./process/rotate.ts";
import { fingerprintOf, inTheClear, type Secrets, sealEnvironment } from "./process/sealed-environment.ts";
import {
  type Desired,
  knownProcesses,
  loggedProcesses,
  readDesired,
  readKept,
  writeKept,
} from "./process/state.ts";
import { StatsSampler } from "./process/stats.ts";
import { observe, observeAll } from "./process/status.ts";
import { installedApps } from "./process/stop-all.ts";
import { warmUp } from "./warm-up.ts";

export const name = "process";
export const capabilities = { install: true, processes: true, freeze: true, logs: true, stats: true };

const milliseconds = z.number().int().min(1);

export const processRuntimeOptions = z.strictObject({
  home: z.strictObject({ dir: z.string(), root: z.string(), maintenance: z.string() }),
  /** `auto`: as root, each app runs as an OS user of its own. `same`: as whoever runs the engine. */
  user: z.enum(["auto", "same"]).default("auto"),
  /** After a death: `first`, then twice as long each time up to `longest`; anew after `resetAfter` alive. */
  backOffMs: z
    .strictObject({ first: milliseconds, longest: milliseconds, resetAfter: milliseconds })
    .default({ first: 250, longest: 10_000, resetAfter: 30_000 }),
  /** For processes that another release or environment replaces. */
  replaceGraceMs: z.number().int().min(0).default(10_000),
  logBytes: z.number().int().min(1024).default(10_000_000),
  logFiles: z.number().int().min(1).max(10).default(3),
});

export type ProcessRuntimeOptions = z.input<typeof processRuntimeOptions>;

const LOOK_MS = 200;
const LOOKS_PER_ROTATION = 5;

/**
 * Adopts what lives, starts again what should and does not, clears what an install left; then resolves. At most
 * one at a time may act on a home: the engine's lock sees to that. `onProblem` hears of what is tried again.
 */
export async function createProcessRuntime(
  input: ProcessRuntimeOptions,
  onProblem: (what: string, error: unknown) => void = () => {},
  secrets: Secrets = inTheClear,
): Promise<RuntimeDriver> {
  const options = processRuntimeOptions.parse(input);
  const { home, user } = options;
  const keepers = new Map<string, Keeper>();
  const sampler = new StatsSampler();
  const keeper = (ref: SlotRef, process: string): Keeper => {
    const key = `${ref.app}/${ref.slot}/${process}`;
    const known = keepers.get(key) ?? new Keeper({ ...options, onProblem, secrets }, ref, process);
    keepers.set(key, known);
    return known;
  };
  const eachSlot = async (act: (ref: SlotRef) => Promise<void>) => {
    const apps = await installedApps(home);
    await Promise.all(apps.flatMap((app) => SLOT_NAMES.map((slot) => act({ app, slot }))));
  };

  for (const app of await installedApps(home)) await clearUnfinished(home, app);
  await eachSlot(async (ref) => {
    await endLeftCommands(home, ref);
    const processes = await knownProcesses(slotPaths(home, ref));
    await Promise.all(processes.map((process) => keeper(ref, process).resume()));
  });

  let looks = 0;
  const timer = setInterval(() => {
    for (const each of keepers.values()) each.look();
    looks += 1;
    if (looks % LOOKS_PER_ROTATION === 0) rotating = rotating.then(rotateAll);
  }, LOOK_MS);
  timer.unref();
  let rotating = Promise.resolve();
  const rotateAll = () =>
    eachSlot(async (ref) => {
      const paths = slotPaths(home, ref);
      for (const process of await loggedProcesses(paths)) await rotate(logFile(paths, process), options);
    }).catch((error) => onProblem("log rotation", error));

  const signalSlot = async (ref: SlotRef, signal: NodeJS.Signals) => {
    const paths = slotPaths(home, ref);
    for (const { leader, status } of await observeAll(paths)) {
      if (leader) signalAll({ leader, marker: marker(paths, status.process) }, signal);
    }
  };

  return {
    name,
    capabilities,
    install: (request) => installRelease(home, user, request),

    installed: (app) => installedReleases(home, app),
    freeBytes: (app) => freeBytes(home, app),

    async uninstall(app, releaseId) {
      for (const slot of SLOT_NAMES) {
        const observed = await observeAll(slotPaths(home, { app, slot }));
        if (observed.some(({ status }) => status.state !== "stopped" && status.releaseId === releaseId)) {
          throw new Refusal(
            "release-in-use",
            `The ${slot} slot of ${app} runs this release.`,
            "Deploy another one to that slot or stop it first.",
          );
        }
      }
      await uninstallRelease(home, app, releaseId);
    },

    runOnce: (spec, command, once) => runOnceInSlot(home, user, spec, command, once),

    async start(spec, only = Object.keys(spec.processes), { keep = false } = {}) {
      const starts = only.map(
        (process) => [process, desired(secrets, spec, process, options.replaceGraceMs)] as const,
      );
      await Promise.all(starts.map(([process, wanted]) => keeper(spec, process).start(wanted, keep)));
    },

    async remember(ref, processes, label) {
      const paths = slotPaths(home, ref);
      for (const process of processes) {
        const [kept, desired] = [await readKept(paths, process), await readDesired(paths, process)];
        if (desired && kept?.label !== label) await writeKept(paths, process, { label, desired });
      }
    },

    async startAsBefore(ref, process, label) {
      const kept = await readKept(slotPaths(home, ref), process);
      if (kept?.label !== label) return false;
      await keeper(ref, process).start({ ...kept.desired, want: "running" });
      return true;
    },

    async outdated(spec, processes) {
      const paths = slotPaths(home, spec);
      const found: string[] = [];
      for (const process of processes) {
        const actual = await readDesired(paths, process);
        if (
          actual?.want === "running" &&
          actual.fingerprint !== desired(secrets, spec, process, 0).fingerprint
        )
          found.push(process);
      }
      return found;
    },

    async stop(ref, { only, graceMs }) {
      const processes = only ?? (await knownProcesses(slotPaths(home, ref)));
      await Promise.all(processes.map((process) => keeper(ref, process).stop(graceMs)));
    },

    inspect: async (ref) => (await observeAll(slotPaths(home, ref))).map(({ status }) => status),

    healthy(spec, { process = "web", ...health }) {
      const paths = slotPaths(home, spec);
      return waitUntilHealthy(
        spec,
        { ...health, port: portFor(spec, process) },
        {
          status: async () => (await observe(paths, process)).status,
          lastWords: () => lastWords(paths, process, 20),
        },
      );
    },

    warm: (spec, { process = "web", ...warming }) =>
      warmUp(`http://127.0.0.1:${portFor(spec, process)}`, warming),

    logs: (ref, { follow = true, ...log }) => slotLogs(slotPaths(home, ref), { ...log, follow }),

    async stats(ref) {
      const leaders = new Map<string, ProcessIdentity>();
      for (const { status, leader } of await observeAll(slotPaths(home, ref))) {
        if (leader) leaders.set(status.process, leader);
      }
      return sampler.sample(`${ref.app}/${ref.slot}`, leaders);
    },

    freeze: (ref) => signalSlot(ref, "SIGSTOP"),
    unfreeze: (ref) => signalSlot(ref, "SIGCONT"),

    async dispose() {
      clearInterval(timer);
      await Promise.all([rotating, ...[...keepers.values()].map((each) => each.dispose())]);
    },
  };
}

/** Its own, or web's for a process that does not listen. */
const portFor = (spec: SlotSpec, process: string): number => spec.ports[process] ?? spec.ports.web!;

function desired(secrets: Secrets, spec: SlotSpec, process: string, graceMs: number): Desired {
  const command = spec.processes[process];
  if (command === undefined) {
    throw new Refusal(
      "no-such-process",
      `Release ${spec.release.version} of ${spec.app} has no process ${process}.`,
      `It has ${Object.keys(spec.processes).join(", ")}.`,
    );
  }
  const { release, env } = spec;
  const port = portFor(spec, process);
  const sorted = Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1));
  const fingerprint = fingerprintOf(secrets, [
    release.id,
    release.version,
    release.dir,
    command,
    port,
    sorted,
  ]);
  const sealedEnv = sealEnvironment(secrets, spec, process, env);
  return { want: "running", fingerprint, release, command, port, sealedEnv, graceMs };
}
