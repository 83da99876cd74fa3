/** The measured result of a switch, from the times and details that its steps recorded. */
import type { SlotName } from "../model.ts";
import type { RecordedStep, StepDetail } from "../plan.ts";
import type { Facts } from "../world.ts";
import { AHEAD, CATCH_UP, carryBackName } from "./carry.ts";
import { END_FEED, SEQUENCES, SETTLE, TURN } from "./feeding.ts";
import { detailOf } from "./together.ts";
import { COMPARE } from "./verify.ts";
import { warmName } from "./warm.ts";

export function switchReceipt(
  facts: Facts,
  steps: RecordedStep[],
  slots: { from: SlotName; to: SlotName },
): StepDetail {
  const stepNamed = (name: string) => steps.find((step) => step.name === name);
  const of = (name: string) => detailOf(steps, name);
  const released = stepNamed("release");
  const held = stepNamed("hold");
  const copied = of(`copy ${slots.from} to ${slots.to}`);
  const compared = of(COMPARE);
  const settled = of(SETTLE);
  const warmed = of(warmName(slots.to));
  const ended = of(END_FEED);
  const counted = of("count what is lost");
  return {
    ...slots,
    fromVersion: facts.slots[slots.from].release?.version ?? null,
    toVersion: facts.slots[slots.to].release?.version ?? null,
    ...forecastOf(facts, settled ? "fed" : copied ? "copied" : null),
    windowMs:
      held?.startedAt && released?.finishedAt
        ? released.finishedAt.getTime() - held.startedAt.getTime()
        : null,
    requestsHeld: released?.detail?.held ?? null,
    requestsServed: released?.detail?.served ?? null,
    requestsRefused: released?.detail?.refused ?? null,
    longestWaitMs: released?.detail?.longestWaitMs ?? null,
    dataBytes: copied?.bytes ?? null,
    dataRows: copied?.rows ?? null,
    lossless: rowsLost(counted) === 0,
    feed: settled
      ? { ms: settled.ms, sequences: of(SEQUENCES)?.sequences ?? 0, positions: of(TURN)?.positions ?? [] }
      : null,
    counts: [of("verify the copy"), of(CATCH_UP)].flatMap((detail) => (detail?.counts as unknown[]) ?? []),
    warm: (warmed?.paths as unknown[]) ?? [],
    steps: stepTimes(steps),
    loss: counted ?? null,
    compared: compared
      ? { tables: compared.tables, rows: compared.rows, checksums: compared.checksums ?? [] }
      : null,
    notes: [compared?.notes, warmed?.warnings, copied?.notes, filesNotes(steps, slots), ended?.notes].flatMap(
      (notes) => (notes as string[] | undefined) ?? [],
    ),
  };
}

/** What was said before: of a switch by a feed from earlier ones, of a copy from the last one's speed. */
function forecastOf({ forecast, fedForecast }: Facts, how: "fed" | "copied" | null) {
  const said = how === "fed" ? fedForecast : how === "copied" ? forecast : null;
  return {
    forecastWindowMs: said?.windowMs ?? null,
    forecastSwitches: how === "fed" ? (fedForecast?.switches ?? null) : null,
  };
}

const rowsLost = (loss: StepDetail | null | undefined): number =>
  ["inserted", "changed", "deleted"].reduce((sum, kind) => sum + Number(loss?.[kind] ?? 0), 0);

/** What was carried of the stores that are followed. */
function filesNotes(steps: RecordedStep[], slots: { from: SlotName; to: SlotName }): string[] {
  const of = (name: string) => detailOf(steps, name);
  const ahead = of(AHEAD);
  if (!ahead) return [];
  const files = (detail: StepDetail | null | undefined, key = "files") => Number(detail?.[key] ?? 0);
  const back = of(carryBackName(slots));
  const inWindow =
    files(of(`copy ${slots.from} to ${slots.to}`), "carried") + files(back) + files(of(CATCH_UP));
  const carried = `Files: ${files(ahead)} carried before the window, ${inWindow} in it`;
  return [back ? `${carried}. None was lost by going back.` : `${carried}.`];
}

/** Duration of each step that ran to its end. */
export const stepTimes = (steps: RecordedStep[]): { name: string; ms: number }[] =>
  steps
    .filter((step) => step.startedAt && step.finishedAt)
    .map((step) => ({ name: step.name, ms: step.finishedAt!.getTime() - step.startedAt!.getTime() }));

/** Of runs without a window: which slots, and how long what took. */
export const plainReceipt = (
  steps: RecordedStep[],
  slots: { from?: SlotName | null; to?: SlotName | null },
  rest: StepDetail = {},
): StepDetail => ({ from: slots.from ?? null, to: slots.to ?? null, steps: stepTimes(steps), ...rest });
