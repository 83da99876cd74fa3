/**
 * What a page, the API and the CLI are shown. Read models: made by lib/operations/read/*.ts from the store, the
 * gateways' statistics and the lock files; dates are ISO strings so that they cross every border unchanged.
 */

import type { FedForecast } from "#lib/engine/forecast.ts";
import type { DataState, Finding, Phase, RunStatus, SlotName, StepStatus, Verb } from "#lib/engine/model.ts";
import type { FeedState } from "#lib/engine/ports.ts";

export interface GateView {
  state: "open" | "held" | "closed";
  /** Who closed or holds it; null when open. */
  by: "person" | "engine" | null;
  message: string | null;
  since: string | null;
}

export interface ProcessView {
  process: string;
  state: "running" | "backing-off" | "stopped";
  pid: number | null;
  startedAt: string | null;
  restarts: number;
  cpu: number | null;
  rssBytes: number | null;
  /** Runs with other variables than it would be started with now. */
  outdated: boolean;
}

export interface SlotView {
  slot: SlotName;
  role: "live" | "idle";
  release: { id: string; version: string; createdAt: string; createdBy: string } | null;
  dataState: DataState;
  paused: boolean;
  syncedAt: string | null;
  /** As the engine last saw it; null when it has not looked yet. */
  observedAt: string | null;
  processes: ProcessView[];
  data: { bytes: number; tables: number; rows: number } | null;
  /** How the feed into it is doing; null when it is not fed. `state` null: nobody has looked yet. */
  feed: FeedView | null;
  /** The throw-away copy of its data that testers are on: of which moment, and how large; null when there is none. */
  preview: { at: string; bytes: number } | null;
}

export interface FeedView {
  from: SlotName;
  state: FeedState | null;
  reason: string | null;
  lagMs: number | null;
  /** About how many changed rows are still to be carried. */
  lagRows: number | null;
  lagBytes: number | null;
  retainedBytes: number | null;
  schemaChanges: string[];
  at: string | null;
}

export interface Safety {
  ok: boolean;
  reasons: Finding[];
}

export interface WayBackView {
  inserted: number;
  changed: number;
  deleted: number;
  exact: boolean;
  /** A feed carries all of it back; the figures are 0. */
  lossless: boolean;
  /** Why a feed that should does not. */
  reason: string | null;
  measuredAt: string;
}

export interface Actor {
  kind: "user" | "token" | "cli" | "system";
  id: string;
  name: string;
}

export interface RunSummary {
  id: string;
  app: string;
  kind: Verb;
  status: RunStatus;
  /** Set once the run goes back. */
  abortReason: string | null;
  requestedBy: Actor;
  requestedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  error: string | null;
}

export interface StepView {
  name: string;
  phase: Phase;
  status: StepStatus;
  attempt: number;
  startedAt: string | null;
  finishedAt: string | null;
  error: string | null;
  detail: Record<string, unknown> | null;
}

export interface RunView extends RunSummary {
  input: Record<string, unknown>;
  committedAt: string | null;
  /** False after the commit, when finished, and when a cancel was asked for already. */
  cancellable: boolean;
  steps: StepView[];
  receipt: Receipt | null;
}

export interface EventView {
  seq: number;
  at: string;
  type: string;
  data: Record<string, unknown>;
}

/** Measured result of a swap or a rollback; other runs have what applies. */
export interface Receipt {
  from: SlotName | null;
  to: SlotName | null;
  fromVersion: string | null;
  toVersion: string | null;
  forecastWindowMs: number | null;
  /** How many earlier switches by a feed the forecast is the median of; null: it is from a copy's speed. */
  forecastSwitches: number | null;
  /** From the hold in force to the release. */
  windowMs: number | null;
  requestsHeld: number | null;
  /** Reads that went on in the hold, where the app asks for that. */
  requestsServed: number | null;
  requestsRefused: number | null;
  longestWaitMs: number | null;
  dataBytes: number | null;
  dataRows: number | null;
  /** Nothing that was acknowledged was left behind. */
  lossless: boolean | null;
  /** How long the last changes took behind the fence, and where the way back begins. */
  feed: { ms: number; sequences: number; positions: string[] } | null;
  /** What was compared before the window, with a checksum of each table as it was then. */
  compared: {
    tables: number;
    rows: number;
    checksums: { table: string; rows: number; checksum: string }[];
  } | null;
  counts: { table: string; from: number; to: number }[];
  /** What the idle release was asked before the window. Times to the end of the first and of the last answer. */
  warm: {
    process: string;
    path: string;
    tries: number;
    status: number | null;
    firstMs: number | null;
    lastMs: number | null;
  }[];
  steps: { name: string; ms: number }[];
  /** What a rollback left behind. */
  loss: {
    announced: number | null;
    inserted: number;
    changed: number;
    deleted: number;
    exact: boolean;
    file: string | null;
  } | null;
  /** Why Signalbox went back by itself; null where somebody asked for it. */
  automatic: string[] | null;
  notes: string[];
}

/** A swap or a rollback that came to its good end, with what was measured. */
export interface ReceiptEntry {
  run: RunSummary;
  receipt: Receipt;
}

/** What visitors met over some time, as the gateways counted it. */
export interface Met {
  requests: number;
  /** Answered 5xx, or cut off. */
  failed: number;
  /** Of both those whose method may change something. */
  writes: number;
  writesFailed: number;
  p95Ms: number | null;
}

/** How visitors fare since the last swap; null before one, after a rollback and after finish. */
export interface WatchView {
  runId: string;
  slot: SlotName;
  version: string;
  since: string;
  until: string;
  /** `until` has passed: the rest is as it was then. */
  over: boolean;
  /** Null: too little was counted to say. */
  verdict: "calm" | "worse" | "bad" | null;
  reasons: string[];
  before: Met;
  /** Of the last minute, or as far back as there are enough requests. */
  after: Met;
  /** Fewer say nothing. */
  minRequests: number;
  /** Whether the engine would go back by itself, and why not. */
  automatic: { armed: boolean; why: string | null; runId: string | null };
}

export interface AppView {
  name: string;
  /** Of an app that somebody else starts: where its slots answer, and whether its data is switched. */
  external: { origins: { blue: string | null; green: string | null }; data: boolean } | null;
  live: SlotName | null;
  idle: SlotName;
  gate: GateView;
  domains: { host: string; audience: "public" | "staging"; url: string; reaches: SlotName | null }[];
  stagingAccess: "open" | "testers";
  slots: SlotView[];
  watch: WatchView | null;
  activeRun: RunSummary | null;
  recentRuns: RunSummary[];
  safeToSwap: Safety;
  /** `lossless`: nothing is lost, as the feed was last seen. */
  safeToRollBack: Safety & { lossless: boolean; wayBack: WayBackView | null };
  /** Reasons against each verb with its default input; empty means it may run. */
  verbs: Record<Verb, Finding[]>;
  /** From the last copy's speed and the live data's size; null before the first copy. */
  forecast: { windowMs: number; dataBytes: number; basedOnRun: string } | null;
  /** Of a switch by a feed: the median of the last ones; null before the first. */
  fedForecast: FedForecast | null;
}

export interface AppSummary {
  name: string;
  live: SlotName | null;
  liveVersion: string | null;
  idleVersion: string | null;
  gate: GateView;
  publicUrl: string | null;
  activeRun: RunSummary | null;
  lastRun: RunSummary | null;
  /** Where a rollback would go; null when there is no way back. */
  wayBack: { slot: SlotName; version: string | null; fed: boolean; lossless: boolean } | null;
}

/** One a second while a page is open. */
export interface TrafficView {
  at: string;
  /** Null when no gateway answers. */
  slots:
    | {
        slot: SlotName;
        audience: "public" | "staging";
        perSecond: number;
        failedPerSecond: number;
        inFlight: number;
        streams: number;
        p50Ms: number | null;
        p95Ms: number | null;
      }[]
    | null;
  waiting: number;
}

/** What GET /api/v1/apps/:app/live sends, one per SSE message (in `data`, as JSON). */
export type LiveEvent =
  | { type: "app"; app: AppView }
  | { type: "run"; run: RunView }
  | { type: "traffic"; traffic: TrafficView };
