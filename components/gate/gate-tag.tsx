import { DoorClosed, DoorOpen, Hourglass } from "lucide-react";
import type { GateView } from "#lib/operations/views.ts";
import { Tag } from "../ui/tag.tsx";

const looks = {
  open: { icon: DoorOpen, tone: "plain", words: "Gate open" },
  held: { icon: Hourglass, tone: "warn", words: "Gate held" },
  closed: { icon: DoorClosed, tone: "danger", words: "Gate closed" },
} as const;

export function GateTag({ gate }: { gate: GateView }) {
  const { icon, tone, words } = looks[gate.state];
  return (
    <Tag icon={icon} tone={tone}>
      {words}
    </Tag>
  );
}
