import { Circle, CircleCheck, CircleX, LoaderCircle, Undo2 } from "lucide-react";
import type { StepStatus } from "#lib/engine/model.ts";

const looks = {
  pending: { icon: Circle, word: "Not yet", style: "text-edge" },
  running: { icon: LoaderCircle, word: "Running", style: "text-ink motion-safe:animate-spin" },
  succeeded: { icon: CircleCheck, word: "Done", style: "text-ink" },
  failed: { icon: CircleX, word: "Failed", style: "text-danger" },
  undoing: { icon: Undo2, word: "Being undone", style: "text-warn" },
  undone: { icon: Undo2, word: "Undone", style: "text-warn" },
} as const;

export const stepWord = (status: StepStatus): string => looks[status].word;

export function StepIcon({ status }: { status: StepStatus }) {
  const { icon: Icon, word, style } = looks[status];
  return <Icon role="img" aria-label={word} className={`size-4 shrink-0 ${style}`} />;
}
