import fc from "fast-check";
import type { EngineModule, Fault, Shape } from "./faults.ts";
import { Model } from "./model.ts";

const shape: fc.Arbitrary<Shape> = fc
  .record({
    before: fc.integer({ min: 1, max: 6 }),
    window: fc.integer({ min: 0, max: 6 }),
    after: fc.integer({ min: 0, max: 4 }),
    windowMs: fc.constantFrom(500, 3_000, 30_000),
    stepMs: fc.array(fc.constantFrom(0, 1, 20, 300), { minLength: 1, maxLength: 10 }),
  })
  .map((drawn) => ({ ...drawn, window: Math.min(drawn.window, drawn.before) }));

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 28, arbitrary: fc.constant<Fault>({ kind: "ok" }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 400 }).map((ms): Fault => ({ kind: "slow", ms })) },
  { weight: 4, arbitrary: fc.constant<Fault>({ kind: "fails" }) },
  { weight: 4, arbitrary: fc.constant<Fault>({ kind: "answer-lost" }) },
  { weight: 2, arbitrary: fc.boolean().map((after): Fault => ({ kind: "killed", after })) },
  { weight: 2, arbitrary: fc.boolean().map((after): Fault => ({ kind: "frozen", after })) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 12 }).map((calls): Fault => ({ kind: "late", calls })) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: -7_200_000, max: 7_200_000 })
      .map((ms): Fault => ({ kind: "clock-jump", ms })),
  },
  { weight: 1, arbitrary: fc.constant<Fault>({ kind: "cancel" }) },
  { weight: 1, arbitrary: fc.constant<Fault>({ kind: "window-lost" }) },
);

/** Tries random plans under random faults. Rejects with fast-check's shrunken counterexample. */
export function tryRandomPlans(
  engine: EngineModule,
  options: { runs: number; seed?: number },
): Promise<void> {
  const property = fc.asyncProperty(
    shape,
    fc.array(fault, { maxLength: 60, size: "max" }),
    async (drawn, faults) => {
      const violations = await new Model(engine, drawn, faults).trial();
      if (violations.length > 0) throw new Error(violations.join("; "));
    },
  );
  return fc.assert(property, { numRuns: options.runs, seed: options.seed });
}
