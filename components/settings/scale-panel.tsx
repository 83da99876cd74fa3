"use client";
import { useState } from "react";
import { useLiveApp } from "../live/live-app.tsx";
import { SelectField } from "../ui/field.tsx";
import { Panel } from "../ui/panel.tsx";
import { UpdateNow } from "../variables/update-now.tsx";

/** How many web processes each slot has. */
export function ScalePanel({ count, most }: { count: number; most: number }) {
  const { app } = useLiveApp();
  const [wanted, setWanted] = useState(count);
  const counts = Array.from({ length: most }, (_, index) => index + 1);
  return (
    <Panel title="Web processes">
      <div className="space-y-3">
        <p className="text-soft">
          Each slot runs this many, on ports of their own; a request goes to the one with the fewest under
          way. More are started and healthy before they are reached, fewer are drained before they are
          stopped: visitors notice nothing.
        </p>
        <div className="flex flex-wrap items-end gap-3">
          <SelectField
            label="Per slot"
            className="w-28"
            value={String(wanted)}
            onChange={(event) => setWanted(Number(event.target.value))}
          >
            {counts.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </SelectField>
          {wanted !== count && (
            <UpdateNow
              app={app}
              input={{ webInstances: wanted }}
            >{`Scale from ${count} to ${wanted}`}</UpdateNow>
          )}
        </div>
      </div>
    </Panel>
  );
}
