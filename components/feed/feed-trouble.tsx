"use client";
import type { AppView } from "#lib/operations/views.ts";
import { Notice } from "../ui/notice.tsx";
import { findingsFor } from "../verb/permits.ts";
import { sceneOfView } from "../verb/scene.ts";
import { VerbButton } from "../verb/verb-button.tsx";
import type { FedSlot } from "./feed-history.ts";

/** What keeps a feed from carrying everything, and what to do; nothing while it runs. */
export function FeedTrouble({ app, slot }: { app: AppView; slot: FedSlot }) {
  const { state, reason, schemaChanges } = slot.feed;
  const back = slot.dataState === "resting";
  if (state === "stopped") {
    return (
      <Notice kind="error" live title={`Nothing reaches ${slot.slot} now.`}>
        {reason && <p>{reason}</p>}
        <p className="text-soft">
          It is tried again by itself: mend the row or the schema that is in its way, and it goes on from
          there. The log is kept meanwhile.
        </p>
        {!back && <SyncAgain app={app} />}
      </Notice>
    );
  }
  if (state === "lost" || state === "none") {
    return (
      <Notice kind="error" live title={`The feed to ${slot.slot} is lost.`}>
        {reason && <p>{reason}</p>}
        <WhatNow app={app} back={back} />
      </Notice>
    );
  }
  if (schemaChanges.length > 0) {
    return (
      <Notice kind="warn" live title="The schema was changed since the feed was set up.">
        {schemaChanges.map((change) => (
          <p key={change}>{change}</p>
        ))}
        <p className="text-soft">New tables and columns are not carried.</p>
        <WhatNow app={app} back={back} />
      </Notice>
    );
  }
  if (state === "starting") {
    return (
      <p className="text-soft">
        It goes on from where it left off. Until it has caught up neither a swap nor going back can rely on
        it.
      </p>
    );
  }
  return null;
}

function WhatNow({ app, back }: { app: AppView; back: boolean }) {
  if (!back) return <SyncAgain app={app} />;
  return (
    <p className="text-soft">
      A way back is not fed anew. Finish when you are sure of the new release, or go back now: what that costs
      is under "Is it safe to go back?".
    </p>
  );
}

function SyncAgain({ app }: { app: AppView }) {
  return (
    <VerbButton verb="sync" scene={sceneOfView(app)} findings={findingsFor(app, "sync")} size="small">
      Sync again
    </VerbButton>
  );
}
