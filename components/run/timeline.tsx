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

/** The steps in their three phases, each with its time as figure and bar. A run without a window shows no titles. */
export function Timeline({ steps }: { steps: StepView[] }) {
  const grouped = phases
    .map((group) => ({ ...group, steps: steps.filter((step) => step.phase === group.phase) }))
    .filter((group) => group.steps.length > 0);
  if (grouped.length === 0) return <p className="text-soft">The engine has not made its plan yet.</p>;
  const named = grouped.some((group) => group.phase === "window");
  const longest = Math.max(1, ...steps.map((step) => stepMs(step) ?? 0));
  return (
    <div className={named ? "space-y-4" : ""}>
      {grouped.map((group) => (
        <section
          key={group.phase}
          aria-label={named ? group.title : `Steps, ${group.title.toLowerCase()} the commit`}
        >
          {named && (
            <h3 className="mb-1 flex flex-wrap items-baseline gap-x-2 font-semibold">
              {group.title}
              <span className="text-xs font-normal text-soft">{group.meaning}</span>
            </h3>
          )}
          <ol className={`border-l-2 ${group.phase === "window" ? "border-ink" : "border-line"}`}>
            {group.steps.map((step) => (
              <StepRow key={`${step.phase} ${step.name}`} step={step} longest={longest} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

function StepRow({ step, longest }: { step: StepView; longest: number }) {
  const ms = stepMs(step);
  const note = typeof step.detail?.note === "string" ? step.detail.note : null;
  return (
    <li className="py-0.5 pl-3" data-step={step.name} data-status={step.status}>
      <div className="flex min-h-6 items-center gap-2">
        <StepIcon status={step.status} />
        <span className={step.status === "pending" ? "text-soft" : "font-medium"}>
          {stepTitle(step.name)}
        </span>
        {(step.status === "undone" || step.status === "undoing") && (
          <span className="text-xs text-warn">{stepWord(step.status).toLowerCase()}</span>
        )}
        {step.attempt > 1 && <span className="text-xs text-soft">attempt {step.attempt}</span>}
        {ms !== null && <Bar share={ms / longest} />}
        <span className="w-16 shrink-0 text-right font-mono text-xs text-soft max-sm:ml-auto nth-[3]:ml-auto">
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

/** Its width is an SVG attribute, so that no inline style is needed. */
function Bar({ share }: { share: number }) {
  return (
    <svg
      aria-hidden="true"
      className="ml-auto h-2 w-24 shrink-0 max-sm:hidden"
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
    >
      <rect width="100" height="10" className="fill-sunken" />
      <rect width={Math.max(0.8, share * 100)} height="10" className="fill-edge" />
    </svg>
  );
}
