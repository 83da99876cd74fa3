/**
 * Every guard of the engine is needed: taken out one at a time, the trials must find a violated law. The mutant is
 * made from the source text, so the product carries no switch for it; a guard that moved makes `find` fail here.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { EngineModule } from "./testing/faults.ts";
import { tryRandomPlans } from "./testing/trials.ts";

interface Mutant {
  guard: string;
  file: string;
  find: string;
  replace: string;
}

const mutants: Mutant[] = [
  {
    guard: "a run that was started is never begun again",
    file: "conduct.ts",
    find: "return conducting.wasStarted()",
    replace: "return run.abortReason !== null",
  },
  {
    guard: "a step looks before it acts",
    file: "conduct.ts",
    find: "if (await step.done?.(context)) return this.details.get(step.name) ?? null;",
    replace: "",
  },
  {
    guard: "the step that failed is undone too",
    file: "conduct.ts",
    find: 'if (!step.undo || status === "undone") continue;',
    replace:
      'if (!step.undo || status === "undone" || status === "failed" || status === "running") continue;',
  },
  {
    guard: "a step that may have begun without a record is undone",
    file: "conduct.ts",
    find: 'if (status === "pending" && !this.mayHaveBegun(position)) continue;',
    replace: 'if (status === "pending") continue;',
  },
  {
    guard: "only a step that refuses whoever was replaced begins beside its record",
    file: "conduct.ts",
    find: "before[position]!.guarded === true",
    replace: "true",
  },
  {
    guard: "the record is not more than one step behind",
    file: "conduct.ts",
    find: "await this.records.behind;\n    const written = this.records.soon(write);",
    replace: "const written = this.records.soon(write);",
  },
  {
    guard: "undos go last first",
    file: "conduct.ts",
    find: "[...this.plan.before.entries()].reverse()",
    replace: "[...this.plan.before.entries()]",
  },
  {
    guard: "an undo is tried until it is done",
    file: "conduct.ts",
    find: "await patiently(undo, {",
    replace: "await (async (act: () => Promise<unknown>, _: unknown) => act().catch(() => {}))(undo, {",
  },
  {
    guard: "the store's word comes before any undo when the commit is in doubt",
    file: "conduct.ts",
    find: "this.commitAsked = true;",
    replace: "",
  },
  {
    guard: "a commit found in the store is followed",
    file: "conduct.ts",
    find: 'if (answer === "committed") return this.forward();',
    replace: "",
  },
  {
    guard: "a refused commit goes back",
    file: "conduct.ts",
    find: 'if (answer === "refused") return this.back(CANCELLED, "aborted");',
    replace: "",
  },
  {
    guard: "the world is looked at directly before the commit",
    file: "conduct.ts",
    find: "await this.plan.ready?.(context);",
    replace: "",
  },
  {
    guard: "nothing comes between that look and the commit",
    file: "conduct.ts",
    find: "if (written) return;\n      await record;",
    replace: "await record;\n      return;",
  },
  {
    guard: "the window's deadline is checked before the commit",
    file: "conduct.ts",
    find: "return this.watch.remainingMs() <= 0 ?",
    replace: "return false as boolean ?",
  },
  {
    guard: "after the commit a step is repeated until it is done",
    file: "conduct.ts",
    find: "if (step.bestEffort && attempt >= BEST_EFFORT_TRIES) break;",
    replace: "if (attempt >= 1) break;",
  },
  {
    guard: "an engine that may have been replaced keeps its hands still",
    file: "conduct.ts",
    find: "if (!this.conductor.held()) throw",
    replace: "if (false as boolean) throw",
  },
  {
    guard: "an engine that was replaced stops recording",
    file: "records.ts",
    find: "if (error instanceof StaleToken) throw error;",
    replace: "",
  },
  {
    guard: "an engine that was replaced stops repeating",
    file: "retry.ts",
    find: "if (error instanceof StaleToken) throw error;",
    replace: "",
  },
  {
    guard: "time is monotonic",
    file: "stopwatch.ts",
    find: "this.windowMs - (this.clock.monotonic() - this.windowStart)",
    replace: "this.windowMs - (this.clock.now() - this.windowStart - 1_700_000_000_000)",
  },
];

const root = mkdtempSync(join(tmpdir(), "signalbox-mutants-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function load(name: string, mutate?: Mutant): Promise<EngineModule> {
  const dir = join(root, name);
  for (const file of [
    "conduct.ts",
    "journal.ts",
    "model.ts",
    "plan.ts",
    "ports.ts",
    "records.ts",
    "retry.ts",
    "stopwatch.ts",
  ]) {
    cpSync(join(import.meta.dirname, file), join(dir, file));
  }
  if (mutate) {
    const path = join(dir, mutate.file);
    const source = readFileSync(path, "utf8");
    expect(
      source.split(mutate.find).length - 1,
      `«${mutate.find}» stands in ${mutate.file}`,
    ).toBeGreaterThanOrEqual(1);
    writeFileSync(path, source.replaceAll(mutate.find, mutate.replace));
  }
  const conduct = await import(pathToFileURL(join(dir, "conduct.ts")).href);
  const ports = await import(pathToFileURL(join(dir, "ports.ts")).href);
  return { conduct: conduct.conduct, StaleToken: ports.StaleToken };
}

test("the unchanged copy passes", async () => {
  await tryRandomPlans(await load("unchanged"), { runs: 500, seed: 1 });
});

test.each(mutants.map((mutant, index) => ({ ...mutant, index })))(
  "needed: $guard",
  async ({ index, ...mutant }) => {
    const engine = await load(`mutant-${index}`, mutant);
    await expect(tryRandomPlans(engine, { runs: 60_000, seed: 7 })).rejects.toThrow(/Property failed/);
  },
  // The rarest takes some seconds to be found, more where other tests run beside it.
  60_000,
);
