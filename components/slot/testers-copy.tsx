"use client";
import type { AppView, SlotView } from "#lib/operations/views.ts";
import { bytes } from "../ui/figures.ts";
import { Ago } from "../ui/time.tsx";
import { findingsFor } from "../verb/permits.ts";
import { sceneOfView } from "../verb/scene.ts";
import { VerbButton } from "../verb/verb-button.tsx";

/** Where testers write: in a throw-away copy, or nowhere while the slot follows. Nothing to say of any other slot. */
export function TestersCopy({ app, slot }: { app: AppView; slot: SlotView }) {
  if (slot.role !== "idle" || app.external) return null;
  const { preview } = slot;
  const scene = sceneOfView(app);
  if (!preview && slot.dataState !== "following") return null;
  return (
    <section
      aria-label={`Testers' copy of ${slot.slot}`}
      className="space-y-2 border-t border-line pt-2 text-xs"
    >
      <p className="text-soft">
        {preview ? (
          <>
            Testers work on a copy made <Ago at={preview.at} /> ({bytes(preview.bytes)}). What they write
            never goes live.
          </>
        ) : (
          <>{slot.slot} follows and can only be read. Make a copy for testers, and they can write in it.</>
        )}
      </p>
      <div className="flex flex-wrap gap-2">
        <VerbButton verb="preview" scene={scene} findings={findingsFor(app, "preview")} size="small">
          {preview ? "Refresh the copy" : "Make a copy for testers"}
        </VerbButton>
        {preview && (
          <VerbButton
            verb="preview"
            scene={scene}
            input={{ end: true }}
            findings={findingsFor(app, "preview", { end: true })}
            size="small"
          >
            End the copy
          </VerbButton>
        )}
      </div>
    </section>
  );
}
