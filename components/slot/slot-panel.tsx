"use client";
import Link from "next/link";
import type { AppView, SlotView, TrafficView } from "#lib/operations/views.ts";
import { fedMeaning } from "../feed/feed-words.ts";
import { SlotTrafficFigures } from "../traffic/slot-traffic-figures.tsx";
import { buttonStyle } from "../ui/button-style.ts";
import { bytes, counted } from "../ui/figures.ts";
import { Panel } from "../ui/panel.tsx";
import { Tag } from "../ui/tag.tsx";
import { Ago } from "../ui/time.tsx";
import { findingsFor } from "../verb/permits.ts";
import { sceneOfView } from "../verb/scene.ts";
import { VerbButton } from "../verb/verb-button.tsx";
import { ProcessTable } from "./process-table.tsx";
import { dataStateWords, slotWord } from "./slot-look.ts";
import { SlotMark } from "./slot-mark.tsx";
import { TestersCopy } from "./testers-copy.tsx";

interface Props {
  app: AppView;
  slot: SlotView;
  traffic: TrafficView[];
}

/** One track: its release, its traffic, its processes and its data, with the acts on it alone. */
export function SlotPanel({ app, slot, traffic }: Props) {
  const scene = sceneOfView(app);
  const live = slot.role === "live";
  const input = { slot: slot.slot };
  return (
    <Panel
      className={
        live ? (slot.slot === "blue" ? "border-t-4 border-t-blue" : "border-t-4 border-t-green") : ""
      }
      title={
        <span className="flex flex-wrap items-center gap-2">
          <SlotMark slot={slot.slot} filled={live} className="text-base" />
          <Tag tone={live ? "strong" : "plain"}>{live ? "Live" : "Idle"}</Tag>
          {slot.paused && <Tag tone="warn">Paused</Tag>}
        </span>
      }
      aside={
        <span className="font-mono text-xs">
          {slot.release ? slot.release.version : <span className="text-soft">no release</span>}
        </span>
      }
    >
      <div className="space-y-3">
        <SlotTrafficFigures slot={slot.slot} history={traffic} />
        <ProcessTable slot={slotWord[slot.slot]} processes={slot.processes} />
        <DataLine slot={slot} external={app.external} />
        <TestersCopy app={app} slot={slot} />
        <div className="flex flex-wrap gap-2">
          {!app.external && (
            <VerbButton
              verb="restart"
              scene={scene}
              input={input}
              findings={findingsFor(app, "restart", input)}
              size="small"
            >
              Restart {slot.slot}
            </VerbButton>
          )}
          <VerbButton
            verb={slot.paused ? "resume" : "pause"}
            scene={scene}
            input={input}
            findings={findingsFor(app, slot.paused ? "resume" : "pause", input)}
            size="small"
          >
            {slot.paused ? "Resume" : "Pause"} {slot.slot}
          </VerbButton>
          {!app.external && (
            <Link
              href={`/apps/${encodeURIComponent(app.name)}/logs?slot=${slot.slot}`}
              className={buttonStyle("quiet", "small")}
            >
              Logs of {slot.slot}
            </Link>
          )}
        </div>
      </div>
    </Panel>
  );
}

function DataLine({ slot, external }: { slot: SlotView; external: AppView["external"] }) {
  const { word, meaning } = dataStateWords[slot.dataState];
  return (
    <dl className="space-y-0.5 border-t border-line pt-2 text-xs">
      {external && (
        <Line term="Address">{external.origins[slot.slot] ?? "not said yet"}, started by somebody else</Line>
      )}
      <Line term="Data">
        {external && !external.data
          ? "not switched: only the route is"
          : slot.data
            ? `${bytes(slot.data.bytes)}, ${counted(slot.data.rows, "row")} in ${counted(slot.data.tables, "table")}`
            : "size not known yet"}
      </Line>
      {(!external || external.data) && (
        <Line term="State">
          <span className="font-medium text-ink">{word}</span>:{" "}
          {slot.feed ? fedMeaning(slot.dataState, slot.feed) : meaning}
        </Line>
      )}
      {(!external || external.data) && slot.role === "idle" && slot.dataState !== "resting" && (
        <Line term="Synced">{slot.syncedAt ? <Ago at={slot.syncedAt} /> : "never"}</Line>
      )}
      {slot.release && (
        <Line term="Release">
          deployed <Ago at={slot.release.createdAt} /> by {slot.release.createdBy}
        </Line>
      )}
      {slot.observedAt && (
        <Line term="Seen">
          <Ago at={slot.observedAt} />
        </Line>
      )}
    </dl>
  );
}

function Line({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div className="grid grid-cols-[4.5rem_1fr]">
      <dt className="text-soft">{term}</dt>
      <dd className="text-soft wrap-anywhere">{children}</dd>
    </div>
  );
}
