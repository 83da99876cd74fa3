/** The way it was done by hand before: pause, copy everything, publish, resume. The same visitors, the same data. */
import { setTimeout as sleep } from "node:timers/promises";
import { SHOP } from "../day/shop.ts";
import { now } from "../ledger/ledger.ts";
import { succeeded } from "./acts.ts";
import type { Stage } from "./stage.ts";
import { longestUntilServed, normalLatencies, tenths } from "./stall.ts";
import { settle } from "./verdict.ts";
import type { Seen, Visitors } from "./visitors.ts";

export interface RecipeFigures {
  /** The longest that a visitor who went on asking was not served. */
  stallMs: number;
  /** Requests that were turned away or broke. */
  failed: number;
  lost: number;
  doubled: number;
  steps: { name: string; ms: number }[];
}

export async function playRecipe(
  stage: Stage,
  start: () => Visitors,
  { quietMs, say }: { quietMs: number; say(line: string): void },
): Promise<RecipeFigures> {
  const { api, act, prompt } = stage;
  say("the recipe: giving up the way back, and the same release to both slots");
  await act("finish");
  await act("deploy");
  const { live, idle } = await api.app(SHOP.app);
  const visitors = start();
  try {
    await sleep(quietMs);
    const range = { from: now(), to: 0 };
    const steps: RecipeFigures["steps"] = [];
    const step = async (name: "pause" | "sync" | "publish" | "resume", input: Record<string, unknown>) => {
      const began = now();
      say(`the recipe: ${name}`);
      await succeeded(prompt, name, input);
      steps.push({ name, ms: Math.round(now() - began) });
    };
    await step("pause", { slot: live });
    await step("sync", { mode: "snapshot" });
    await step("publish", { domain: SHOP.publicHost, slot: idle });
    await step("resume", { slot: live });
    range.to = now();
    await sleep(quietMs);
    const seen = await visitors.stop();
    const { lost, doubled } = await settle(stage, seen);
    return { ...costOf(seen, range), lost, doubled, steps };
  } finally {
    visitors.kill();
  }
}

const costOf = ({ visits, report }: Seen, range: { from: number; to: number }) => ({
  stallMs: tenths(longestUntilServed(visits, range, normalLatencies(visits, [range]))),
  failed: report.requests.failed,
});
