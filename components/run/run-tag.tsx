import { CircleCheck, CircleDashed, CircleX, LoaderCircle, type LucideIcon, Undo2 } from "lucide-react";
import type { RunStatus } from "#lib/engine/model.ts";
import type { RunSummary } from "#lib/operations/views.ts";
import { Tag, type Tone } from "../ui/tag.tsx";

const looks: Record<RunStatus, { icon: LucideIcon; tone: Tone; word: string }> = {
  queued: { icon: CircleDashed, tone: "plain", word: "Queued" },
  running: { icon: LoaderCircle, tone: "strong", word: "Running" },
  succeeded: { icon: CircleCheck, tone: "plain", word: "Succeeded" },
  failed: { icon: CircleX, tone: "danger", word: "Failed" },
  aborted: { icon: Undo2, tone: "warn", word: "Aborted" },
};

export function RunTag({ run }: { run: Pick<RunSummary, "status" | "abortReason"> }) {
  const goingBack = run.status === "running" && run.abortReason !== null;
  const { icon, tone, word } = looks[run.status];
  return (
    <Tag icon={goingBack ? Undo2 : icon} tone={goingBack ? "warn" : tone}>
      {goingBack ? "Going back" : word}
    </Tag>
  );
}
