"use client";
import type { Verb } from "#lib/engine/model.ts";
import type { AppView } from "#lib/operations/views.ts";
import { findingsFor } from "../verb/permits.ts";
import { sceneOfView } from "../verb/scene.ts";
import { VerbButton } from "../verb/verb-button.tsx";
import { verbWords } from "../verb/verb-words.ts";

const QUIET: Verb[] = ["deploy", "sync", "finish"];

/** Every other act on the app, in reach and in the background. `except`: what is offered as the next one. */
export function VerbBar({ app, except }: { app: AppView; except: Verb | null }) {
  const scene = sceneOfView(app);
  const closed = app.gate.state === "closed" && app.gate.by === "person";
  return (
    <fieldset aria-label="Other acts" className="flex flex-wrap gap-2 border-t border-line pt-3">
      {QUIET.filter((verb) => verb !== except).map((verb) => (
        <VerbButton key={verb} verb={verb} scene={scene} findings={findingsFor(app, verb)} size="small">
          {verbWords[verb].button}
        </VerbButton>
      ))}
      {except !== "maintenance" && (
        <VerbButton
          verb="maintenance"
          scene={scene}
          input={{ on: !closed }}
          findings={findingsFor(app, "maintenance")}
          size="small"
        >
          {closed ? "Open the gate" : "Maintenance"}
        </VerbButton>
      )}
    </fieldset>
  );
}
