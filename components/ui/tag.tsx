import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

export type Tone = "plain" | "strong" | "warn" | "danger" | "blue" | "green";

const tones: Record<Tone, string> = {
  plain: "border-edge text-soft",
  strong: "border-ink bg-ink text-panel",
  warn: "border-warn bg-warn-wash text-warn",
  danger: "border-danger bg-danger-wash text-danger",
  blue: "border-blue bg-blue-wash text-blue",
  green: "border-green bg-green-wash text-green",
};

/** A state as a word, with an icon beside it: never by colour alone. */
export function Tag({
  tone = "plain",
  icon: Icon,
  children,
}: {
  tone?: Tone;
  icon?: LucideIcon;
  children: ReactNode;
}) {
  return (
    <span
      className={`inline-flex items-center gap-1 rounded align-middle border px-1.5 py-0.5 text-xs leading-4 font-medium whitespace-nowrap ${tones[tone]}`}
    >
      {Icon && <Icon aria-hidden className="size-3.5 shrink-0" />}
      {children}
    </span>
  );
}
