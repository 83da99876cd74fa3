/** Waits until an installation is as it was before somebody was struck. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Home } from "#lib/config/home.ts";
import { SLOT_NAMES } from "#lib/engine/model.ts";
import { livingGateways } from "#lib/gateway/control-file.ts";
import { startTimeOf } from "#lib/observability/process-identity.ts";
import { isSupervised, readSupervisorStatus } from "#lib/supervisor/status.ts";
import { SHOP } from "../day/shop.ts";
import type { Field } from "./field.ts";
import { slotProcess } from "./victims.ts";

/** A machine with much else to do brings up a dashboard slowly. */
const PATIENCE_MS = 120_000;

/** Rejects after two minutes, naming what is still missing. */
export async function untilWhole({ installation, api, workers }: Field): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const missing = await whatIsMissing(installation.home, workers);
    if (missing === null) {
      // Through the front door, as web may listen and not work yet.
      const { gate, activeRun } = await api.app(SHOP.app);
      if (gate.state === "open" && !activeRun) return;
      if (performance.now() > deadline)
        throw new Error(activeRun ? `the run ${activeRun.kind} goes on` : `the gate is ${gate.state}`);
    } else if (performance.now() > deadline) {
      throw new Error(`it is not whole again after ${PATIENCE_MS / 1_000} s: ${missing}`);
    }
    await sleep(50);
  }
}

async function whatIsMissing(home: Home, workers: number): Promise<string | null> {
  const status = await readSupervisorStatus(home);
  if (!isSupervised(status)) return "the supervisor";
  if (status.state !== "ready") return `the supervisor is ${status.state}`;
  for (const [name, { state, pid }] of Object.entries(status.processes))
    if (state !== "ready" || pid === null || startTimeOf(pid) === null) return `${name} is ${state}`;
  const serving = livingGateways(home).length;
  if (serving < workers) return `${serving} of ${workers} gateway workers serve`;
  for (const slot of SLOT_NAMES) if (!(await slotProcess(home, slot))) return `${slot}'s web process`;
  return null;
}
