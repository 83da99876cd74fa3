/**
 * A release into a slot that is not live: installed beside the old one, its release command run on the slot's own
 * data, started, and kept only if it becomes healthy. Otherwise the slot runs what it ran before.
 */
import { idleSlot, type SlotName } from "../model.ts";
import type { Plan, Step, StepContext } from "../plan.ts";
import { Refusal } from "../ports.ts";
import type { Source } from "../source.ts";
import { type Facts, type ReleaseFacts, slotRef, specOf, type World, webInstances } from "../world.ts";
import { endFeeds } from "./feeding.ts";
import * as fencing from "./fencing.ts";
import { provision } from "./init.ts";
import { releasesToPrune } from "./prune.ts";
import { plainReceipt } from "./receipt.ts";
import * as steps from "./steps.ts";

export interface DeployInput {
  slot?: SlotName;
  source: Source;
}

export function deployPlan(world: World, facts: Facts, input: DeployInput): Plan {
  const slot = input.slot ?? idleSlot(facts.live);
  const site = { world, facts };
  const ref = slotRef(facts, slot);
  const old = facts.slots[slot].release;

  const installed = (context: StepContext) => context.detail("install")!.release as ReleaseFacts;

  const install: Step = {
    name: "install",
    phase: "before",
    act: async ({ runId, signal, log }) => {
      const { source } = input;
      if (source.kind === "release") {
        const found = await world.releases.get(facts.app, source.id);
        await mustBeThere(world, facts.app, found);
        // Read again, as drivers learn from it what the release wants. JSON is YAML.
        const manifest = world.manifest(JSON.stringify(found.manifest), facts.app);
        return { release: { ...found, manifest } satisfies ReleaseFacts, origin: null };
      }
      const limit = AbortSignal.any([signal, AbortSignal.timeout(facts.tuning.buildTimeoutMs)]);
      const fetched = await world.sources.fetch(facts.app, source, { onLog: log, signal: limit });
      try {
        const { folder: path, ignoreFiles } = fetched;
        const {
          dir,
          manifest: text,
          bytes,
        } = await world.runtime.install({
          app: facts.app,
          releaseId: runId,
          source: { kind: "folder", path, ignoreFiles },
          previous: old?.dir,
          minFreeBytes: facts.tuning.minFreeBytes,
          onLog: log,
          signal: limit,
        });
        const manifest = world.manifest(text, facts.app);
        const release = { id: runId, version: manifest.version, dir, manifest } satisfies ReleaseFacts;
        return { release, origin: fetched.origin, bytes: bytes ?? null };
      } finally {
        await fetched.dispose();
      }
    },
    undo: ({ runId }) => world.runtime.uninstall(facts.app, runId),
  };

  const stopOld: Step = {
    name: `stop ${slot}`,
    phase: "before",
    act: async () => void (await world.runtime.stop(ref, { graceMs: facts.tuning.stopGraceMs })),
    undo: async () => {
      await world.runtime.stop(ref, { graceMs: facts.tuning.stopGraceMs });
      if (old) await world.runtime.start(await specOf(world, facts, slot, old), webInstances(facts));
    },
  };

  const releaseCommand: Step = {
    name: "release command",
    phase: "before",
    act: async (context) => {
      const release = installed(context);
      const command = release.manifest.release;
      if (!command) return { command: null };
      try {
        const spec = await specOf(world, facts, slot, release, { as: "owner" });
        const { signal, log: onLog } = context;
        await world.runtime.runOnce(spec, command, {
          onLog,
          signal,
          timeoutMs: facts.tuning.releaseTimeoutMs,
        });
      } finally {
        for (const driver of world.data) await driver.afterRelease(ref);
      }
      return { command };
    },
  };

  const start: Step = {
    name: `start ${slot}`,
    phase: "before",
    act: async (context) =>
      void (await world.runtime.start(
        await specOf(world, facts, slot, installed(context)),
        webInstances(facts),
      )),
  };

  const healthy: Step = {
    name: `${slot} healthy`,
    phase: "before",
    act: (context) => steps.healthy(site, slot, () => installed(context)).act(context),
  };

  const prune: Step = {
    name: "prune old releases",
    phase: "after",
    bestEffort: true,
    act: async (context) => {
      const { id, version } = installed(context);
      const bytes = (context.detail("install")!.bytes as number | null | undefined) ?? null;
      const others = facts.releases.filter((release) => release.id !== id);
      const keep = new Set([id, ...Object.values(facts.slots).flatMap((each) => each.release?.id ?? [])]);
      const freeBytes = (await world.runtime.freeBytes?.(facts.app)) ?? null;
      const removed = releasesToPrune([{ id, version, bytes }, ...others], facts.tuning, { keep, freeBytes });
      for (const release of removed) {
        await world.releases.remove(facts.app, release);
        await world.runtime.uninstall(facts.app, release);
      }
      return { removed };
    },
  };

  return {
    windowMs: 0,
    // A release command changes the data and its schema, which a feed would trip over.
    before: [
      provision(world, facts),
      install,
      stopOld,
      ...(facts.slots[slot].fed ? endFeeds(site, "before") : []),
      releaseCommand,
      start,
      healthy,
    ],
    ready: async () => {
      if (slot === facts.live)
        throw new Refusal("slot-is-live", `${slot} is live.`, "Deploy to the idle slot.");
    },
    change: (context) => {
      const { id, version, dir, manifest } = installed(context);
      const { origin: source, bytes } = context.detail("install")!;
      const added = { id, version, dir, manifest, source, bytes: (bytes as number | null) ?? undefined };
      return {
        // One that is put back is on the list already.
        ...(input.source.kind === "release" ? {} : { addRelease: added }),
        slots: { [slot]: { releaseId: id, dataState: "scratch", fed: false } },
      };
    },
    after: [fencing.unfence(site, slot), steps.route(site), prune],
    receipt: (recorded) => {
      const release = recorded.find((step) => step.name === "install")?.detail?.release as
        | ReleaseFacts
        | undefined;
      const versions = { fromVersion: old?.version ?? null, toVersion: release?.version ?? null };
      return plainReceipt(recorded, { to: slot }, { ...versions, notes: notes(release) });
    },
  };

  /** Two releases may carry one version: they differ by their date and origin, and that is said. */
  function notes(release: ReleaseFacts | undefined): string[] {
    const same = facts.releases.some(
      (other) => other.version === release?.version && other.id !== release.id,
    );
    return release && same ? [`There is another release named ${release.version} already.`] : [];
  }
}

async function mustBeThere(world: World, app: string, { id, version }: ReleaseFacts): Promise<void> {
  const there = await world.runtime.installed?.(app);
  if (!there || there.includes(id)) return;
  throw new Refusal(
    "release-gone",
    `The files of release ${version} are not there any more.`,
    "Choose another one, or deploy it from its source.",
  );
}
