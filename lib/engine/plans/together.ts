/** Several acts as one step, where none needs another: visitors wait for the slowest of them, not for their sum. */
import type { RecordedStep, Step, StepDetail } from "../plan.ts";
import type { Clock } from "../ports.ts";

/**
 * Parts in a list go one after the other. All of them have ended when it resolves or rejects, so that an undo meets
 * none still under way. Its detail has each part's, with how long it took (`ms`).
 */
export function together(clock: Clock, name: string, parts: (Step | Step[])[]): Step {
  const lanes = parts.map((part) => [part].flat());
  const all = lanes.flat();
  const undo: Step["undo"] = async (context) => {
    for (const step of all.toReversed()) await step.undo?.(context);
  };
  return {
    name,
    phase: all[0]!.phase,
    guarded: all.every((step) => step.guarded),
    act: async (context) => {
      const done: Record<string, StepDetail> = {};
      const ends = await Promise.allSettled(
        lanes.map(async (lane) => {
          for (const step of lane) {
            const start = clock.monotonic();
            const detail = await step.act(context);
            done[step.name] = { ms: Math.round(clock.monotonic() - start), ...detail };
          }
        }),
      );
      const failed = ends.find((end) => end.status === "rejected");
      if (failed) throw failed.reason;
      return { parts: done };
    },
    ...(all.some((step) => step.undo) && { undo }),
  };
}

/** What a step recorded, or a part of one; undefined when it was not done. */
export function detailOf(steps: RecordedStep[], name: string): StepDetail | undefined {
  const step = steps.find((one) => one.name === name);
  if (step) return step.detail ?? undefined;
  return steps.map(({ detail }) => partOf(detail, name)).find((part) => part !== undefined);
}

function partOf(detail: StepDetail | null, name: string): StepDetail | undefined {
  const parts = Object.entries((detail?.parts as Record<string, StepDetail> | undefined) ?? {});
  const found = parts.find(([part]) => part === name);
  return found ? found[1] : parts.map(([, inner]) => partOf(inner, name)).find((part) => part !== undefined);
}
