import { Check } from "lucide-react";
import { STEPS, type StepName } from "./wanted.ts";

interface Props {
  step: StepName;
  done(name: StepName): boolean;
  disabled: boolean;
  go(name: StepName): void;
}

const NAMES: Record<StepName, string> = {
  address: "Address",
  domains: "Domains",
  database: "Database",
  review: "Review",
};

/** Where one is, and the way back to what was said; forward as far as everything before is filled in. */
export function StepList({ step, done, disabled, go }: Props) {
  return (
    <nav aria-label="Steps">
      <ol className="flex flex-wrap gap-x-1 gap-y-2 text-xs">
        {STEPS.map((name, index) => {
          const reachable = STEPS.slice(0, index).every(done);
          const behind = index < STEPS.indexOf(step);
          return (
            <li key={name}>
              <button
                type="button"
                aria-current={name === step ? "step" : undefined}
                disabled={disabled || !reachable}
                onClick={() => go(name)}
                className="inline-flex min-h-7 items-center gap-1.5 rounded-md px-2 text-soft enabled:hover:bg-sunken disabled:opacity-60 aria-[current=step]:bg-sunken aria-[current=step]:font-semibold aria-[current=step]:text-ink pointer-coarse:min-h-11"
              >
                {behind ? (
                  <Check role="img" aria-label="Done" className="size-3.5" />
                ) : (
                  <span aria-hidden>{index + 1}</span>
                )}
                {NAMES[name]}
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
