"use client";
import { ExternalLink } from "lucide-react";
import type { AppView } from "#lib/operations/views.ts";
import { SlotMark } from "../slot/slot-mark.tsx";
import { Panel } from "../ui/panel.tsx";
import { findingsFor } from "../verb/permits.ts";
import { sceneOfView } from "../verb/scene.ts";
import { VerbButton } from "../verb/verb-button.tsx";
import { visitUrl } from "./visit-url.ts";

/** Who gets what: each host with its audience and the slot that it reaches. */
export function DomainsPanel({ app }: { app: AppView }) {
  const scene = sceneOfView(app);
  const testers =
    app.stagingAccess === "open" ? "testers, and anybody else, reach" : "testers who signed in reach";
  return (
    <Panel
      title="Who gets what"
      aside={
        <VerbButton verb="publish" scene={scene} findings={findingsFor(app, "publish")} size="small">
          Publish a domain
        </VerbButton>
      }
    >
      {app.domains.length === 0 && <p className="text-soft">No domain is published.</p>}
      <ul className="divide-y divide-line">
        {app.domains.map((domain) => (
          <li key={domain.host} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
            <a
              href={visitUrl(app, domain)}
              target="_blank"
              rel="noreferrer"
              className="inline-flex items-center gap-1 py-1 font-mono text-xs underline underline-offset-2 wrap-anywhere"
            >
              {domain.host}
              <ExternalLink role="img" aria-label="(opens a new tab)" className="size-3 shrink-0" />
            </a>
            <span className="text-soft">
              {domain.audience === "public" ? "visitors reach" : testers}
              {domain.reaches ? "" : " nothing yet"}
            </span>
            {domain.reaches && <SlotMark slot={domain.reaches} filled={domain.reaches === app.live} />}
            <span className="ml-auto">
              <VerbButton
                verb="unpublish"
                scene={scene}
                input={{ domain: domain.host }}
                findings={findingsFor(app, "unpublish", { domain: domain.host })}
                look="quiet"
                size="small"
              >
                Unpublish<span className="sr-only"> {domain.host}</span>
              </VerbButton>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
