"use client";
import { CircleCheck, OctagonX } from "lucide-react";
import type { AppView, Safety } from "#lib/operations/views.ts";
import { bytes, duration } from "../ui/figures.ts";
import { Findings } from "../ui/findings.tsx";
import { Panel } from "../ui/panel.tsx";
import { findingsFor } from "../verb/permits.ts";
import { RollbackCost } from "../verb/rollback-cost.tsx";
import { sceneOfView } from "../verb/scene.ts";
import { VerbButton } from "../verb/verb-button.tsx";

export function SwapSafetyPanel({ app }: { app: AppView }) {
  const { forecast, safeToSwap } = app;
  return (
    <Panel
      title="Is it safe to swap?"
      aside={
        <VerbButton verb="swap" scene={sceneOfView(app)} findings={findingsFor(app, "swap")} size="small">
          Swap
        </VerbButton>
      }
    >
      <Answer safety={safeToSwap} yes="Yes. Everything that can be checked from here is in order." no="No." />
      {safeToSwap.ok && (
        <p className="mt-2 text-soft">
          {forecast
            ? `Visitors would wait about ${duration(forecast.windowMs)}, from the last copy's speed: ${bytes(forecast.dataBytes)}${
                forecast.windowMs > 0 ? ` at ${bytes((forecast.dataBytes / forecast.windowMs) * 1000)}/s` : ""
              }.`
            : "How long visitors would wait is known after the first sync."}
        </p>
      )}
    </Panel>
  );
}

export function RollbackSafetyPanel({ app }: { app: AppView }) {
  const { lossless, wayBack, ...safety } = app.safeToRollBack;
  return (
    <Panel
      title="Is it safe to go back?"
      aside={
        <VerbButton
          verb="rollback"
          scene={sceneOfView(app)}
          findings={findingsFor(app, "rollback")}
          size="small"
          look="danger-outline"
        >
          Roll back
        </VerbButton>
      }
    >
      <Answer
        safety={safety}
        yes={
          lossless
            ? "Yes, and nothing that users wrote since is lost."
            : "Yes, at a cost: it would leave behind"
        }
        no="No."
      />
      {safety.ok && !lossless && (
        <div className="mt-2">
          <RollbackCost wayBack={wayBack} />
        </div>
      )}
    </Panel>
  );
}

function Answer({ safety, yes, no }: { safety: Safety; yes: string; no: string }) {
  const Icon = safety.ok ? CircleCheck : OctagonX;
  return (
    <div className="space-y-2">
      <p className="flex items-start gap-2 font-medium">
        <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${safety.ok ? "" : "text-danger"}`} />
        {safety.ok ? yes : no}
      </p>
      {safety.reasons.length > 0 && <Findings findings={safety.reasons} />}
    </div>
  );
}
