"use client";
import { useLiveApp } from "../live/live-app.tsx";
import { Panel } from "../ui/panel.tsx";
import { findingsFor } from "../verb/permits.ts";
import { sceneOfView } from "../verb/scene.ts";
import { VerbButton } from "../verb/verb-button.tsx";

/** The short way for a release: into the live slot, without a way back for its data. */
export function UpdatePanel() {
  const { app } = useLiveApp();
  const source = { kind: "folder" as const, path: "" };
  return (
    <Panel
      title="A release without a swap"
      aside={
        <VerbButton
          verb="update"
          scene={sceneOfView(app)}
          input={{ source }}
          findings={findingsFor(app, "update", { source })}
          size="small"
        >
          Update in place
        </VerbButton>
      }
    >
      <p className="text-soft">
        For a small change that nobody needs to try first: the live slot gets the release directly, its web
        processes are replaced one by one. Its release command changes the live data, and there is no way back
        for that; deploy and swap keeps one.
      </p>
    </Panel>
  );
}
