/**
 * Between runs: what the store says should be, against what is. A crash, a database that was restored, an operator
 * with psql or a killed process may have moved the world; this moves it back, and never decides who is live.
 */

import { WEB_INSTANCES } from "#lib/config/app-settings.ts";
import type { Home } from "#lib/config/home.ts";
import { SLOT_NAMES } from "#lib/engine/model.ts";
import { sendHome } from "#lib/engine/plans/roll.ts";
import { messageOf } from "#lib/engine/retry.ts";
import {
  type Facts,
  instanceNames,
  mayWrite,
  SPARE,
  slotRef,
  specOf,
  type World,
  webInstances,
  workersOf,
} from "#lib/engine/world.ts";
import { holdPaths, readLock } from "#lib/gate/lock-file.ts";
import type { Logger } from "#lib/observability/log.ts";

/** How long a look may keep the other apps waiting. Milliseconds. */
const LOOK_MS = 5_000;

export interface ReconcileOptions {
  world: World;
  facts: Facts;
  token: number;
  home: Home;
  log: Logger;
}

export async function reconcile(options: ReconcileOptions): Promise<void> {
  for (const part of [processes, instances, writes, leftLock, routes]) {
    try {
      await part(options);
    } catch (error) {
      options.log.warn(
        { app: options.facts.app, part: part.name, error: messageOf(error) },
        "could not set right",
      );
    }
  }
}

/**
 * Web wherever there is a release; workers in the live slot only, and not while it is paused. Changed variables reach
 * what visitors use, or may have to go back to, when an operator says so, and the other slot at once.
 */
async function processes({ world, facts }: ReconcileOptions): Promise<void> {
  if (!world.runtime.capabilities.processes) return;
  for (const slot of SLOT_NAMES) {
    const { release, paused } = facts.slots[slot];
    if (!release) continue;
    const spec = await specOf(world, facts, slot, release);
    const workers = workersOf(release);
    const working = slot === facts.live && !paused;
    const keep = slot === facts.live || facts.slots[slot].dataState === "resting";
    await world.runtime.start(spec, [...webInstances(facts), ...(working ? workers : [])], { keep });
    if (working || workers.length === 0) continue;
    const running = (await world.runtime.inspect(slotRef(facts, slot))).filter(
      ({ state }) => state !== "stopped",
    );
    const stray = running.map(({ process }) => process).filter((process) => workers.includes(process));
    if (stray.length > 0) {
      await world.runtime.stop(slotRef(facts, slot), { only: stray, graceMs: facts.tuning.stopGraceMs });
    }
  }
}

/** What a replacement that was broken off left: a list of who serves, the spare process, ones too many. */
async function instances({ world, facts, token }: ReconcileOptions): Promise<void> {
  if (!world.runtime.capabilities.processes) return;
  const all = webInstances(facts);
  const surplus = [...instanceNames(WEB_INSTANCES.max), SPARE].filter((name) => !all.includes(name));
  for (const slot of SLOT_NAMES) {
    const { release, servedBy = [] } = facts.slots[slot];
    if (!release) continue;
    const ref = slotRef(facts, slot);
    const signal = AbortSignal.timeout(LOOK_MS);
    if (servedBy.length > 0) {
      const spec = await specOf(world, facts, slot, release);
      const { path } = release.manifest.health;
      // Whoever serves goes on until all of them can.
      const look = { path, goodAnswers: facts.tuning.healthGoodAnswers, timeoutMs: LOOK_MS, signal };
      await Promise.all(all.map((process) => world.runtime.healthy(spec, { process, ...look })));
      await world.serveBy(ref, [], token);
      await world.gateways.route(await world.routes(facts.app), token);
    }
    const running = (await world.runtime.inspect(ref)).filter(({ state }) => state !== "stopped");
    const left = running.map(({ process }) => process).filter((name) => surplus.includes(name));
    if (left.length > 0) await sendHome({ world, facts, slot }, { token, signal }, left);
  }
}

/** One authority: it may write, a scratch slot may, nothing else. */
async function writes({ world, facts, token, log }: ReconcileOptions): Promise<void> {
  for (const slot of SLOT_NAMES) {
    if (facts.slots[slot].dataState === "empty") continue;
    const writable = mayWrite(facts, slot);
    for (const driver of world.data) {
      const fenced = await driver.fenced(slotRef(facts, slot));
      if (fenced !== writable) continue;
      log.warn(
        { app: facts.app, slot, store: driver.name, mayWrite: writable },
        "the fence was not as recorded",
      );
      if (writable) await driver.unfence(slotRef(facts, slot), { token });
      else {
        const signal = AbortSignal.timeout(30_000);
        const fence = await driver.fence(slotRef(facts, slot), { token, deadlineMs: 30_000, signal });
        await fence.makeDurable();
      }
    }
  }
}

/** An engine's lock without a run that it belongs to. A person's is not looked at. */
async function leftLock({ world, facts, token, home }: ReconcileOptions): Promise<void> {
  for (const path of holdPaths(home, facts.app)) {
    const reading = readLock(path);
    if (reading.kind !== "lock" || reading.touched || !reading.lock.runId) continue;
    await world.gateways.release(facts.app, reading.lock.runId, token);
  }
}

async function routes({ world, facts, token }: ReconcileOptions): Promise<void> {
  await world.gateways.route(await world.routes(facts.app), token);
}
