"use client";
import { Check, ChevronRight } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import type { AppView } from "#lib/operations/views.ts";
import { buttonStyle } from "../ui/button-style.ts";
import { Panel } from "../ui/panel.tsx";
import { findingsFor } from "../verb/permits.ts";
import { sceneOfView } from "../verb/scene.ts";
import { VerbButton } from "../verb/verb-button.tsx";
import { type NextAction, nextAction, STAGES, type Stage } from "./next-action.ts";
import { VerbBar } from "./verb-bar.tsx";
import { visitUrl } from "./visit-url.ts";

/** The one thing to do now, in the round that an update goes. */
export function NextPanel({ app }: { app: AppView }) {
  const [opened, setOpened] = useState<NextAction | null>(null);
  // While its dialog is open the button stays, whatever somebody else does meanwhile.
  const next = opened ?? nextAction(app);
  const staging = app.domains.find((domain) => domain.audience === "staging");
  const preview = next.verb === "swap" && staging;
  return (
    <Panel title="Next">
      <div className="space-y-3">
        <Stages now={next.stage} />
        <p>{next.why}</p>
        <div className="flex flex-wrap gap-2">
          {next.verb && (
            <VerbButton
              verb={next.verb}
              scene={sceneOfView(app)}
              input={withDomain(app, next.input)}
              findings={findingsFor(app, next.verb, next.input)}
              look="primary"
              size="large"
              onOpenChange={(open) => setOpened(open ? next : null)}
            >
              {next.label}
            </VerbButton>
          )}
          {app.activeRun && (
            <Link
              href={`/runs/${encodeURIComponent(app.activeRun.id)}`}
              className={buttonStyle("primary", "large")}
            >
              Watch the run
            </Link>
          )}
          {preview && (
            <a
              href={visitUrl(app, staging)}
              target="_blank"
              rel="noreferrer"
              className={buttonStyle("outline", "large")}
            >
              Preview on staging<span className="sr-only"> (opens a new tab)</span>
            </a>
          )}
        </div>
        <VerbBar app={app} except={next.verb} />
      </div>
    </Panel>
  );
}

/** A publish that suggests itself begins with a domain that the app has already. */
function withDomain(app: AppView, input: ReturnType<typeof nextAction>["input"]) {
  if (!input.audience) return input;
  const domain = app.domains.find((each) => each.audience === input.audience)?.host;
  return domain ? { ...input, domain } : input;
}

const words: Record<Stage, string> = {
  deploy: "Deploy",
  sync: "Sync",
  preview: "Preview",
  swap: "Swap",
  finish: "Finish",
};

function Stages({ now }: { now: Stage | null }) {
  const at = now === null ? -1 : STAGES.indexOf(now);
  return (
    <ol aria-label="The round of an update" className="flex flex-wrap items-center gap-x-1 gap-y-1 text-xs">
      {STAGES.map((stage, index) => (
        <li key={stage} aria-current={index === at ? "step" : undefined} className="flex items-center gap-1">
          {index > 0 && <ChevronRight aria-hidden className="size-3 text-edge" />}
          <span
            className={
              index === at
                ? "rounded bg-ink px-1.5 py-0.5 font-semibold text-panel"
                : "flex items-center gap-0.5 text-soft"
            }
          >
            {index < at && <Check role="img" aria-label="Done:" className="size-3" />}
            {words[stage]}
          </span>
        </li>
      ))}
    </ol>
  );
}
