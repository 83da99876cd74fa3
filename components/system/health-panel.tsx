import { CircleCheck, CircleX, TriangleAlert } from "lucide-react";
import type { Diagnosis } from "#lib/operations/doctor/diagnosis.ts";
import { counted } from "../ui/figures.ts";
import { Panel } from "../ui/panel.tsx";
import { Ago } from "../ui/time.tsx";
import { LookAgain } from "./look-again.tsx";

const states = {
  fail: { icon: CircleX, word: "Fails", style: "text-danger" },
  warn: { icon: TriangleAlert, word: "Warning", style: "text-warn" },
  ok: { icon: CircleCheck, word: "Good", style: "text-soft" },
} as const;

/** Worst first: what needs somebody is what is seen. */
const ORDER = ["fail", "warn", "ok"] as const;

/** Every part of the installation as it was found when the page was made. */
export function HealthPanel({ diagnoses, at }: { diagnoses: Diagnosis[]; at: string }) {
  const sorted = ORDER.flatMap((state) => diagnoses.filter((one) => one.state === state));
  return (
    <Panel
      title={summary(diagnoses)}
      aside={
        <span className="flex items-center gap-3 text-xs text-soft">
          looked at <Ago at={at} /> <LookAgain />
        </span>
      }
    >
      <ul className="divide-y divide-line">
        {sorted.map((one) => (
          <Line key={`${one.area} ${one.name} ${one.what}`} {...one} />
        ))}
      </ul>
      <p className="mt-3 text-xs text-soft">
        The same from a shell, also when this page can't be reached: <code>npx signalbox doctor</code>
      </p>
    </Panel>
  );
}

function Line({ area, name, state, what, remedy }: Diagnosis) {
  const { icon: Icon, word, style } = states[state];
  return (
    <li className="flex gap-3 py-2">
      <span className={`flex w-20 shrink-0 items-start gap-1 text-xs ${style}`}>
        <Icon aria-hidden className="mt-0.5 size-3.5 shrink-0" /> {word}
      </span>
      <div className="min-w-0 flex-1">
        <p className="break-words">
          <span className="text-soft">
            {area} · {name}:
          </span>{" "}
          {what}
        </p>
        {remedy && <p className="mt-0.5 text-sm text-soft">{remedy}</p>}
      </div>
    </li>
  );
}

function summary(diagnoses: Diagnosis[]): string {
  const failing = diagnoses.filter(({ state }) => state === "fail").length;
  const warnings = diagnoses.filter(({ state }) => state === "warn").length;
  if (failing > 0)
    return `${counted(failing, "part")} of ${diagnoses.length} ${failing === 1 ? "fails" : "fail"}`;
  if (warnings > 0) return `Everything works; ${counted(warnings, "warning")}`;
  return "Everything works";
}
