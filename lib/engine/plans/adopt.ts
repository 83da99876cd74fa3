/** A running app behind the gate: its process and its data stay where they are, as blue, and are live at once. */
import { idleSlot, type SlotName } from "../model.ts";
import type { Plan, StepContext } from "../plan.ts";
import { Refusal } from "../ports.ts";
import type { Source } from "../source.ts";
import type { Facts, ReleaseFacts, World } from "../world.ts";
import { provision } from "./init.ts";
import { plainReceipt } from "./receipt.ts";
import * as steps from "./steps.ts";

export interface AdoptInput {
  origin: string;
  version: string;
  healthPath: string;
}

export function adoptPlan(world: World, facts: Facts, { origin, version, healthPath }: AdoptInput): Plan {
  const slot = idleSlot(null);
  const site = { world, facts };
  const declared = (runId: string) => releaseOf(runId, { origin, version, healthPath });
  return {
    windowMs: 0,
    before: [
      provision(world, facts),
      {
        name: `${slot} healthy`,
        phase: "before",
        act: async (context) => {
          const release = declared(context.runId);
          await steps.healthy(site, slot, () => release).act(context);
          return { release };
        },
      },
    ],
    change: (context: StepContext) => {
      const { id, dir, manifest } = declared(context.runId);
      return {
        addRelease: { id, version, dir, manifest, source: { kind: "external", version } },
        liveSlot: slot,
        slots: { [slot]: { releaseId: id, dataState: "authoritative" }, green: { dataState: "scratch" } },
      };
    },
    after: [steps.route(site)],
    receipt: (recorded) => plainReceipt(recorded, { to: slot }, { toVersion: version }),
  };
}

/** A release that nothing is installed for: its files are an address. */
export function declareRelease(
  world: World,
  facts: Facts,
  slot: SlotName,
  runId: string,
  source: Extract<Source, { kind: "external" }>,
): { release: ReleaseFacts; origin: Record<string, unknown> } {
  if (world.runtime.capabilities.processes) {
    throw new Refusal(
      "not-external",
      `${facts.app} is started by Signalbox, so its releases are files.`,
      "Deploy a folder, an archive or a repository.",
    );
  }
  const known = facts.slots[slot].release;
  const origin = source.origin ?? known?.dir;
  if (origin === undefined) {
    throw new Refusal(
      "origin-unknown",
      `Nobody said yet where ${slot} answers.`,
      `Name it: --origin http://127.0.0.1:<port of the new version>.`,
    );
  }
  const other = facts.slots[slot === "blue" ? "green" : "blue"].release;
  if (other && other.dir === origin) {
    throw new Refusal(
      "origin-of-other-slot",
      `${origin} is where the other slot answers.`,
      "Start the new version beside it, on another port.",
    );
  }
  const healthPath = source.healthPath ?? known?.manifest.health.path ?? other?.manifest.health.path ?? "/";
  const release = releaseOf(runId, { origin, version: source.version, healthPath });
  return { release, origin: { kind: "external", version: source.version } };
}

function releaseOf(id: string, { origin, version, healthPath }: AdoptInput): ReleaseFacts {
  const manifest = { version, processes: { web: "started elsewhere" }, health: { path: healthPath } };
  return { id, version, dir: origin, manifest };
}

