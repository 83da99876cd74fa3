import { duration } from "../ui/figures.ts";
import { stepTitle } from "./run-words.ts";

/** Each step's time as a bar beside its figure; widths are SVG attributes, so that no inline style is needed. */
export function StepBars({ steps }: { steps: { name: string; ms: number }[] }) {
  const longest = Math.max(1, ...steps.map((step) => step.ms));
  return (
    <section aria-label="Time per step">
      <h3 className="mb-1 font-medium">Time per step</h3>
      <ul className="space-y-0.5">
        {steps.map((step) => (
          <li
            key={step.name}
            className="grid grid-cols-[minmax(7rem,12rem)_1fr_4.5rem] items-center gap-2 text-xs"
          >
            <span className="truncate">{stepTitle(step.name)}</span>
            <svg aria-hidden="true" className="h-2.5 w-full" viewBox="0 0 100 10" preserveAspectRatio="none">
              <rect width="100" height="10" className="fill-sunken" />
              <rect width={Math.max(0.4, (step.ms / longest) * 100)} height="10" className="fill-edge" />
            </svg>
            <span className="text-right font-mono">{duration(step.ms)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
