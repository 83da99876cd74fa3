"use client";
import { Radio, Unplug } from "lucide-react";
import { TimeOfDay } from "../ui/time.tsx";
import type { Connection } from "./stream.ts";

/** Whether what is on the screen is what is true now. */
export function ConnectionNote({ connection }: { connection: Connection }) {
  if (connection.state === "live") {
    return (
      <span className="inline-flex items-center gap-1 text-xs text-soft">
        <Radio aria-hidden className="size-3.5" /> Live
      </span>
    );
  }
  return (
    <span
      role="status"
      className="inline-flex items-center gap-1 rounded border border-warn bg-warn-wash px-1.5 py-0.5 text-xs font-medium text-warn"
    >
      <Unplug aria-hidden className="size-3.5" />
      {connection.lastSeen === null ? (
        "Not live yet; connecting"
      ) : (
        <span>
          Not live since <TimeOfDay at={new Date(connection.lastSeen).toISOString()} />, retrying
        </span>
      )}
    </span>
  );
}
