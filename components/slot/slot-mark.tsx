import type { SlotName } from "#lib/engine/model.ts";
import { slotText, slotWord } from "./slot-look.ts";

/** The slot's shape alone; always beside its word. */
export function SlotShape({
  slot,
  filled = true,
  className = "size-3.5",
}: {
  slot: SlotName;
  filled?: boolean;
  className?: string;
}) {
  const look = filled ? { fill: "currentColor" } : { fill: "none" };
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 16 16"
      className={`shrink-0 ${slotText[slot]} ${className}`}
      stroke="currentColor"
      strokeWidth="2"
    >
      {slot === "blue" ? (
        <rect x="2" y="2" width="12" height="12" {...look} />
      ) : (
        <circle cx="8" cy="8" r="6.2" {...look} />
      )}
    </svg>
  );
}

/** Shape and word. */
export function SlotMark({
  slot,
  filled = true,
  className = "",
}: {
  slot: SlotName;
  filled?: boolean;
  className?: string;
}) {
  return (
    <span className={`inline-flex items-center gap-1.5 font-semibold ${slotText[slot]} ${className}`}>
      <SlotShape slot={slot} filled={filled} />
      {slotWord[slot]}
    </span>
  );
}
