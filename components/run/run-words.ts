import type { StepView } from "#lib/operations/views.ts";

/** catch-up → "Catch up". */
export const stepTitle = (name: string): string => {
  const words = name.replaceAll("-", " ").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** The step that is being worked on; null between steps. */
export const currentStep = (steps: StepView[]): StepView | null =>
  steps.find((step) => step.status === "running" || step.status === "undoing") ?? null;

/** Milliseconds a step took; null while it hasn't both ends. */
export const stepMs = (step: Pick<StepView, "startedAt" | "finishedAt">): number | null =>
  step.startedAt && step.finishedAt ? Date.parse(step.finishedAt) - Date.parse(step.startedAt) : null;

export const doneSteps = (steps: StepView[]): number =>
  steps.filter((step) => step.status === "succeeded").length;
