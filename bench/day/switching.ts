/** A swap under load, measured by those who waited. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RunView } from "#lib/operations/views.ts";
import { now } from "../ledger/ledger.ts";
import { type Range, type Samples, waited } from "../load/samples.ts";
import { stepStart } from "./api.ts";
import { round, type SwitchFigures } from "./report.ts";
import { RUN_MS, SHOP } from "./shop.ts";
import type { Stage } from "./stage.ts";

/** Requests that were under way at the end of a run are answered within this time, so that they are counted. */
const SETTLE_MS = 500;
/** What the product says and what visitors saw may differ by this factor and the noise of a busy machine. */
const UNUSUAL_MS = 20;
const FACTOR = 1.5;
const NOISE_MS = 1_000;

/** Swaps, waits for the end and adds the figures to the report. Returns the run. */
export async function swap(stage: Stage): Promise<RunView> {
  const { api, say } = stage;
  const asked = now();
  const run = await api.succeeded(await api.act(SHOP.app, "swap"), RUN_MS);
  const figures = await measure(stage, run, { from: asked, to: now() });
  stage.report.swaps.push(figures);
  say(`swapped ${figures.from} to ${figures.to}: visitors waited ${figures.stallMaxMs} ms at most`);
  await checkSwap(stage, run, figures);
  return run;
}

/** The figures of a swap whose run is over. */
export async function measure(stage: Stage, run: RunView, range: Range): Promise<SwitchFigures> {
  const { api, load, holds } = stage;
  await sleep(SETTLE_MS);
  const { slots } = await api.app(SHOP.app);
  holds.push(range);
  const held = { from: holdStart(run) ?? range.from, to: stepStart(run, "release") ?? range.to };
  return {
    from: run.receipt?.from ?? "",
    to: run.receipt?.to ?? "",
    windowMs: round(observedWindow(load.samples, held)),
    stallMaxMs: round(load.stallBetween(range.from, range.to)),
    steps: run.receipt?.steps ?? [],
    dataBytes: slots.find(({ role }) => role === "live")?.data?.bytes ?? 0,
  };
}

async function checkSwap({ api, expect }: Stage, run: RunView, figures: SwitchFigures): Promise<void> {
  const { receipt } = run;
  const app = await api.app(SHOP.app);
  expect(app.live === figures.to, `the swap succeeded and ${app.live} is live, not ${figures.to}`);
  expect(app.gate.state === "open", `the gate is ${app.gate.state} after the swap`);
  expect(app.safeToRollBack.ok, `no way back after the swap: ${JSON.stringify(app.safeToRollBack.reasons)}`);
  expect(receipt?.lossless === true, "the receipt does not say that nothing was lost");
  expect(receipt?.requestsRefused === 0, `the gate refused ${receipt?.requestsRefused} requests in the swap`);
  const told = receipt?.windowMs ?? 0;
  expect(
    figures.windowMs <= told * FACTOR + NOISE_MS,
    `the receipt says ${told} ms, and visitors waited within ${figures.windowMs} ms`,
  );
}

/** When visitors began to wait, epoch ms. */
export const holdStart = (run: RunView): number | null => stepStart(run, "hold");

/** From when the first visitor of the range began to wait to when the last one who came in it had got through. */
function observedWindow(samples: Samples, range: Range): number {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  const at = now();
  for (const sample of samples.overlapping(range)) {
    if (sample.due > range.to || waited(sample, at) < UNUSUAL_MS) continue;
    first = Math.min(first, Math.max(sample.due, range.from));
    last = Math.max(last, sample.done ?? at);
  }
  return Math.max(0, last - first);
}
