import type { Phase } from "#lib/engine/model.ts";
import type { StepView } from "#lib/operations/views.ts";
import { duration } from "../ui/figures.ts";
import { Elapsed } from "../ui/time.tsx";
import { stepMs, stepTitle } from "./run-words.ts";
import { StepIcon, stepWord } from "./step-icon.tsx";

const phases: { phase: Phase; title: string; meaning: string }[] = [
  { phase: "before", title: "Before", meaning: "at leisure; a failure leaves everything as it was" },
  { phase: "window", title: "The window", meaning: "requests wait" },
  { phase: "after", title: "After", meaning: "past the point of no return" },
];

/** The steps in their three phases. A run without a window shows one list. */
export function Timeline({ steps }: { steps: StepView[] }) {
  const grouped = phases
    .map((group) => ({ ...group, steps: steps.filter((step) => step.phase === group.phase) }))
    .filter((group) => group.steps.length > 0);
  if (grouped.length === 0) return <p className="text-soft">The engine has not made its plan yet.</p>;
  const named = grouped.some((group) => group.phase === "window");
  return (
    <div className="space-y-4">
      {grouped.map((group) => (
        <section key={group.phase} aria-label={named ? group.title : "Steps"}>
          {named && (
            <h3 className="mb-1 flex flex-wrap items-baseline gap-x-2 font-semibold">
              {group.title}
              <span className="text-xs font-normal text-soft">{group.meaning}</span>
            </h3>
          )}
          <ol className={`border-l-2 ${group.phase === "window" ? "border-ink" : "border-line"}`}>
            {group.steps.map((step) => (
              <StepRow key={`${step.phase} ${step.name}`} step={step} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

function StepRow({ step }: { step: StepView }) {
  const ms = stepMs(step);
  const note = typeof step.detail?.note === "string" ? step.detail.note : null;
  return (
    <li className="py-1 pl-3" data-step={step.name} data-status={step.status}>
      <div className="flex items-center gap-2">
        <StepIcon status={step.status} />
        <span className={step.status === "pending" ? "text-soft" : "font-medium"}>
          {stepTitle(step.name)}
        </span>
        {(step.status === "undone" || step.status === "undoing") && (
          <span className="text-xs text-warn">{stepWord(step.status).toLowerCase()}</span>
        )}
        {step.attempt > 1 && <span className="text-xs text-soft">attempt {step.attempt}</span>}
        <span className="ml-auto font-mono text-xs text-soft">
          {ms !== null
            ? duration(ms)
            : step.status === "running" && step.startedAt && <Elapsed from={step.startedAt} />}
        </span>
      </div>
      {note && <p className="pl-6 text-xs text-soft">{note}</p>}
      {step.error && <p className="pl-6 text-danger wrap-anywhere">{step.error}</p>}
    </li>
  );
}
