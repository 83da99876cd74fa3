/** Switches of a shop with its data under load, for several sizes, beside the way it was done by hand. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stopRequest } from "../day/stop-request.ts";
import { RUN_MS, untilReady } from "./acts.ts";
import { figuresOf } from "./figures.ts";
import { MODES, type Mode, type ModeName } from "./mode.ts";
import { playRecipe } from "./recipe.ts";
import { flatnessOf, printReport, type SizeReport, type SwapReport } from "./report.ts";
import { showSize } from "./size.ts";
import { onStage, type Stage } from "./stage.ts";
import { makeSwitches, planSwitches, type Switched } from "./switches.ts";
import { difference, settle } from "./verdict.ts";
import { type Rates, startVisitors } from "./visitors.ts";

export interface SwapOptions {
  /** Bytes. */
  sizes: number[];
  swaps: number;
  rates: Rates;
  mode: ModeName;
  /** Between two switches, milliseconds. */
  pauseMs: number;
  json: boolean;
}

/** For the first requests, which nothing is compiled or cached for; and to know what is normal. */
const QUIET_MS = 8_000;

/** Resolves with the exit code: 0 only if nothing failed, was lost or was doubled. Ctrl-C leaves nothing behind. */
export async function benchSwap(options: SwapOptions): Promise<number> {
  const began = performance.now();
  const say = (line: string) =>
    process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}\n`);
  const ending = new AbortController();
  const stopped = stopRequest().then(() => {
    ending.abort();
    throw new Error("stopped");
  });
  stopped.catch(() => {});
  const sizes: SizeReport[] = [];
  let broken = false;
  for (const bytes of options.sizes) {
    const named = (line: string) => say(`${showSize(bytes).padStart(7)}  ${line}`);
    const conditions = { ...options, signal: ending.signal, say: named };
    try {
      const report = await onStage({ bytes, say: named, signal: ending.signal }, (stage) =>
        Promise.race([measure(stage, conditions), stopped]),
      );
      sizes.push(report);
    } catch (error) {
      if (ending.signal.aborted) {
        say("stopped, and nothing is left behind");
        return 130;
      }
      // What was measured before is worth reading all the same.
      broken = true;
      named(`WRONG: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const report: SwapReport = { sizes, flatness: flatnessOf(sizes) };
  if (options.json) console.log(JSON.stringify(report));
  else printReport(report);
  return !broken && sizes.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

interface Conditions extends SwapOptions {
  signal: AbortSignal;
  say(line: string): void;
}

async function measure(stage: Stage, conditions: Conditions): Promise<SizeReport> {
  const { say, signal, pauseMs } = conditions;
  const mode: Mode = MODES[conditions.mode];
  const files = (name: string) => join(stage.installation.home.dir, "logs", name);
  const start = (name: string) => () => {
    const visitors = startVisitors(stage.installation.gatewayPort, conditions.rates, files(name));
    signal.addEventListener("abort", visitors.kill, { once: true });
    return visitors;
  };
  const problems: string[] = [];
  const expect = (fact: boolean, otherwise: string) => {
    if (fact) return;
    problems.push(otherwise);
    say(`WRONG: ${otherwise}`);
  };

  say(`first copy (${mode.name})`);
  await mode.prepare(stage.act);
  await untilReady(stage.api, (app) => mode.notReady(app, "swap"), RUN_MS);
  const visitors = start("swaps")();
  const done: Switched[] = [];
  try {
    await sleep(QUIET_MS);
    const plan = planSwitches(conditions.swaps);
    await makeSwitches(stage, visitors, { mode, plan, pauseMs, signal, say, done });
  } catch (error) {
    signal.throwIfAborted();
    expect(false, error instanceof Error ? error.message : String(error));
  }
  const seen = await visitors.stop();
  say("looking for every write in the data");
  const verdict = await settle(stage, seen);
  for (const detail of verdict.details) say(detail);
  const figures = figuresOf(seen, done, verdict);
  expect(figures.failed === 0, `${figures.failed} requests failed: ${JSON.stringify(figures.failures)}`);
  expect(figures.lost === 0, `${figures.lost} acknowledged writes were lost`);
  expect(figures.doubled === 0, `${figures.doubled} writes were doubled`);
  expect(figures.unexplained === 0, `${figures.unexplained} rows can't be explained by any write`);
  const sidesDiffer = mode.bothSides && problems.length === 0 ? await difference(stage) : null;
  expect(sidesDiffer === null, `the slots do not hold the same at the end: ${sidesDiffer}`);

  const { median } = figures.stallMs;
  const recipe =
    problems.length > 0 ? null : await playRecipe(stage, start("recipe"), { quietMs: QUIET_MS, say });
  if (recipe) {
    expect(recipe.lost === 0, `the recipe lost ${recipe.lost} acknowledged writes`);
    expect(recipe.doubled === 0, `the recipe doubled ${recipe.doubled} writes`);
  }
  return {
    bytes: stage.bytes,
    mode: mode.name,
    ...figures,
    sidesDiffer,
    recipe: recipe && { ...recipe, timesTheStall: median ? Math.round(recipe.stallMs / median) : null },
    problems,
  };
}
