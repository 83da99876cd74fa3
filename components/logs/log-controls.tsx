"use client";
import { Pause } from "lucide-react";
import { useRouter } from "next/navigation";
import { SLOT_NAMES, type SlotName } from "#lib/engine/model.ts";
import { slotWord } from "../slot/slot-look.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";

interface Props {
  app: string;
  slot: SlotName;
  process: string | null;
  processes: string[];
  search: string;
  onSearch(text: string): void;
  paused: boolean;
  onPause(): void;
}

/** Which log, and what of it. Slot and process are in the address, so that it can be sent to somebody. */
export function LogControls({ app, slot, process, processes, search, onSearch, paused, onPause }: Props) {
  const router = useRouter();
  const go = (change: { slot?: string; process?: string }) => {
    const wanted = { slot, process: process ?? "", ...change };
    const query = new URLSearchParams({
      slot: wanted.slot,
      ...(wanted.process && { process: wanted.process }),
    });
    router.replace(`/apps/${encodeURIComponent(app)}/logs?${query}`, { scroll: false });
  };
  return (
    <div className="flex flex-wrap items-end gap-3">
      <SelectField
        label="Slot"
        value={slot}
        onChange={(event) => go({ slot: event.target.value, process: "" })}
      >
        {SLOT_NAMES.map((name) => (
          <option key={name} value={name}>
            {slotWord[name]}
          </option>
        ))}
      </SelectField>
      <SelectField
        label="Process"
        value={process ?? ""}
        onChange={(event) => go({ process: event.target.value })}
      >
        <option value="">All processes</option>
        {processes.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </SelectField>
      <TextField
        label="Search in these lines"
        type="search"
        value={search}
        className="min-w-40 flex-1"
        onChange={(event) => onSearch(event.target.value)}
      />
      <Button
        onClick={onPause}
        aria-pressed={paused}
        className="min-h-10 aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-panel"
      >
        <Pause aria-hidden className="size-4" />
        Pause
      </Button>
    </div>
  );
}
