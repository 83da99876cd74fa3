import { DoorClosed, DoorOpen, Hourglass } from "lucide-react";
import type { AppView } from "#lib/operations/views.ts";
import { slotText } from "../slot/slot-look.ts";

/** Heights of the two rows' middles in the drawing, which is stretched over both. */
const TOP = 25;
const BOTTOM = 75;
const rowOf = (slot: "blue" | "green") => (slot === "blue" ? TOP : BOTTOM);

/** Straight on until the points at 45, then over to the other row where needed. */
const path = (from: number, to: number, start: number) =>
  from === to ? `M ${start} ${from} H 100` : `M ${start} ${from} H 45 L 80 ${to} H 100`;

const gates = {
  open: { icon: DoorOpen, word: "Open", style: "border-edge bg-panel text-ink" },
  held: { icon: Hourglass, word: "Held", style: "border-warn bg-warn-wash text-warn" },
  closed: { icon: DoorClosed, word: "Closed", style: "border-danger bg-danger-wash text-danger" },
} as const;

/** The lines between who asks and what answers. The visitors' one is solid and heavy, the testers' dashed. */
export function Rails({ app }: { app: AppView }) {
  const published = (audience: "public" | "staging") =>
    app.domains.some((domain) => domain.audience === audience);
  const gate = gates[app.gate.state];
  const visitors = app.live !== null && published("public");
  const blocked = app.gate.state !== "open";
  const line = { fill: "none", stroke: "currentColor", vectorEffect: "non-scaling-stroke" } as const;
  return (
    <>
      <svg
        aria-hidden="true"
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        className="absolute inset-0 size-full"
      >
        {published("staging") && (
          <path
            {...line}
            d={path(BOTTOM, rowOf(app.idle), 0)}
            strokeWidth="2"
            strokeDasharray="6 5"
            className="text-edge"
          />
        )}
        {visitors && app.live && (
          <>
            <path
              {...line}
              d={path(TOP, rowOf(app.live), 0)}
              strokeWidth="5"
              strokeDasharray={blocked ? "3 6" : undefined}
              className={blocked ? "text-edge" : slotText[app.live]}
            />
            {/* Up to the gate the visitors are on the line whatever its state. */}
            <path {...line} d={`M 0 ${TOP} H 20`} strokeWidth="5" className={slotText[app.live]} />
          </>
        )}
        {!visitors && <path {...line} d={`M 0 ${TOP} H 12`} strokeWidth="3" className="text-edge" />}
      </svg>
      <span
        className={`absolute top-1/4 left-[22%] inline-flex -translate-x-1/2 -translate-y-1/2 items-center gap-1 rounded border px-1 py-0.5 text-xs font-medium sm:px-1.5 ${gate.style}`}
      >
        <gate.icon className="size-3.5" />
        <span className="max-sm:hidden">{gate.word}</span>
      </span>
    </>
  );
}
