"use client";
import { CircleCheck, OctagonX } from "lucide-react";
import type { AppView, Safety } from "#lib/operations/views.ts";
import { fedSlot } from "../feed/feed-history.ts";
import { slotWord } from "../slot/slot-look.ts";
import { bytes, duration } from "../ui/figures.ts";
import { Findings } from "../ui/findings.tsx";
import { Panel } from "../ui/panel.tsx";
import { Ago } from "../ui/time.tsx";
import { fedForecastText } from "../verb/fed-forecast.ts";
import { findingsFor } from "../verb/permits.ts";
import { RollbackCost } from "../verb/rollback-cost.tsx";
import { sceneOfView } from "../verb/scene.ts";
import { VerbButton } from "../verb/verb-button.tsx";

export function SwapSafetyPanel({ app }: { app: AppView }) {
  const { safeToSwap } = app;
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
      {safeToSwap.ok && <p className="mt-2 text-soft">{howItWouldGo(app)}</p>}
    </Panel>
  );
}

/** Nothing to copy, or a copy while visitors wait, with how long. */
function howItWouldGo(app: AppView): string {
  if (app.external && !app.external.data) return "No data is switched: visitors wait a moment for the route.";
  const fed = fedSlot(app);
  if (fed) {
    const behind = fed.feed.lagMs === null ? "" : `, ${duration(fed.feed.lagMs)} behind now`;
    return `${slotWord[fed.slot]} is fed${behind}: visitors wait for the last changes only, whatever the size of the data.${app.fedForecast ? ` ${fedForecastText(app.fedForecast)}` : " How long that takes is known after the first swap."}`;
  }
  const { forecast } = app;
  if (!forecast)
    return "The data would be copied while visitors wait; how long is known after the first sync. After a sync that streams nothing is copied then.";
  const speed =
    forecast.windowMs > 0 ? ` at ${bytes((forecast.dataBytes / forecast.windowMs) * 1000)}/s` : "";
  return `The data would be copied while visitors wait: about ${duration(forecast.windowMs)}, from the last copy's speed (${bytes(forecast.dataBytes)}${speed}). After a sync that streams nothing is copied then.`;
}

export function RollbackSafetyPanel({ app }: { app: AppView }) {
  const { lossless, wayBack, ...safety } = app.safeToRollBack;
  const fed = fedSlot(app);
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
            ? "Yes: 0 rows behind, nothing is lost."
            : fed
              ? "Yes, at a cost."
              : "Yes, at a cost: it would leave behind"
        }
        no="No."
      />
      {safety.ok && lossless && fed && (
        <p className="mt-2 text-soft">
          All that users wrote since the swap is in {fed.slot} too; going back makes them wait a moment. Seen{" "}
          <Ago at={fed.feed.at ?? ""} />.
        </p>
      )}
      {safety.ok && !lossless && (
        <div className="mt-2 space-y-2">
          <RollbackCost wayBack={wayBack} />
          {fed && <p className="text-soft">Without its feed only an admin goes back.</p>}
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
