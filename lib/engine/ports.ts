/**
 * Everything the engine needs from the outside world. Drivers, the gateway client and the store implement
 * these; the engine imports nothing of theirs. Every call is safe to repeat: what is already done is not done
 * again. Times are milliseconds. Long because all seams of the engine are read together.
 */
import type { Audience, Finding, SlotName, SlotRef } from "./model.ts";

/**
 * Raised once per claimed run and kept by every place that acts for the engine. A place that has seen a higher
 * token refuses a lower one with StaleToken: that is what stops an engine that was replaced while it slept.
 */
export type FencingToken = number;

export class StaleToken extends Error {
  override name = "StaleToken";
}

/** Refused or failed for a reason the operator can act on. `message` says what happened, `remedy` what to do. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly code: string;
  readonly remedy: string;
  constructor(code: string, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}

// ── runtime: processes of a release in a slot ────────────────────────────────────────────────────────────────

/** A command that ran and ended badly. */
export class CommandFailed extends Refusal {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  constructor(exitCode: number | null, message: string, remedy: string) {
    super("command-failed", message, remedy);
    this.exitCode = exitCode;
  }
}

export interface InstallRequest {
  app: string;
  releaseId: string;
  /** `ignoreFiles`: see FetchedSource in source.ts; absent: all that are known. */
  source: { kind: "folder"; path: string; ignoreFiles?: readonly string[] };
  /** Folder of the release that the slot has now: what differs from it is counted. */
  previous?: string;
  /** How much the disk must have left when it is done. Bytes. */
  minFreeBytes?: number;
  onLog(line: string): void;
  signal: AbortSignal;
}

export interface InstalledRelease {
  dir: string;
  /** The text of signalbox.yaml. */
  manifest: string;
  /** With what was built. */
  bytes?: number;
}

/** What a slot should run. */
export interface SlotSpec extends SlotRef {
  release: { id: string; version: string; dir: string };
  /** Name → command line. `web` and its further instances (`web.2`, …) listen; see webInstances in world.ts. */
  processes: Record<string, string>;
  /** Process → its loopback port, for those that listen. The others are told web's. */
  ports: Record<string, number>;
  /** Complete environment beyond the base (PATH, HOME, PORT, SLOT, RELEASE, SIGNALBOX_MAINTENANCE_DIR). */
  env: Record<string, string>;
}

export type ProcessState = "running" | "backing-off" | "stopped";

export interface ProcessStatus {
  process: string;
  state: ProcessState;
  pid: number | null;
  releaseId: string | null;
  startedAt: Date | null;
  /** How often it died by itself since it was last started on purpose. */
  restarts: number;
  lastExit: { code: number | null; signal: string | null; at: Date } | null;
}

export interface ProcessStats {
  process: string;
  /** Share of one core, 0…n, over the time since the last call. */
  cpu: number;
  rssBytes: number;
}

export interface LogLine {
  at: Date;
  process: string;
  line: string;
}

/** What came of asking a process for one path, some times. */
export interface WarmedPath {
  path: string;
  /** Answers below 500, and from 500 on. */
  good: number;
  bad: number;
  /** To the end of the first answer and of the last one. Null: there was none. */
  firstMs: number | null;
  lastMs: number | null;
  /** Of the last answer. */
  status: number | null;
  /** Why the last try had no answer. */
  why: string | null;
}

export interface RuntimeDriver {
  readonly name: string;
  readonly capabilities: {
    install: boolean;
    /** It starts and stops what runs. Without it somebody else does, and steps that would are left out. */
    processes: boolean;
    freeze: boolean;
    logs: boolean;
    stats: boolean;
  };
  /** Copies the source and builds it. Failed or cancelled: leaves nothing. Returns where it lies and the manifest's text. */
  install(request: InstallRequest): Promise<InstalledRelease>;
  /** Removes an installed release's files. */
  uninstall(app: string, releaseId: string): Promise<void>;
  /** Ids of the releases whose files are here. */
  installed?(app: string): Promise<string[]>;
  /** Bytes that the disk with the releases has left. */
  freeBytes?(app: string): Promise<number>;
  /**
   * Runs one command of a release to its end: a command line for the shell, or a program with its arguments as they
   * are. Rejects with CommandFailed when it exits non-zero, with another Refusal when it can't start or takes longer,
   * with the signal's reason once it is ended for that. `log`: also written to the slot's log under that name.
   */
  runOnce(
    spec: SlotSpec,
    command: string | string[],
    options: {
      onLog(line: string): void;
      signal: AbortSignal;
      timeoutMs: number;
      /** SIGTERM to SIGKILL. */
      graceMs?: number;
      log?: string;
    },
  ): Promise<void>;
  /**
   * From now on these processes (default: all of the spec) run and are kept running; others stay as they are.
   * `keep`: one that runs the same release with other variables goes on with those.
   */
  start(spec: SlotSpec, only?: string[], options?: { keep?: boolean }): Promise<void>;
  /** Keeps what these processes run with, under that label; keeping again under it changes nothing. */
  remember?(slot: SlotRef, processes: string[], label: string): Promise<void>;
  /** Starts one with what was kept under the label. False when nothing was. */
  startAsBefore?(slot: SlotRef, process: string, label: string): Promise<boolean>;
  /** Those of the processes that should run and were started with something else than the spec says. */
  outdated?(spec: SlotSpec, processes: string[]): Promise<string[]>;
  /** From now on these processes (default: all) are stopped: SIGTERM to the group, SIGKILL after `graceMs`. */
  stop(slot: SlotRef, options: { only?: string[]; graceMs: number }): Promise<void>;
  /** What is really running, not what should be. */
  inspect(slot: SlotRef): Promise<ProcessStatus[]>;
  /** Resolves after `goodAnswers` consecutive 2xx from a process (default: web); rejects with Refusal after `timeoutMs`. */
  healthy(
    spec: SlotSpec,
    options: { process?: string; path: string; goodAnswers: number; timeoutMs: number; signal: AbortSignal },
  ): Promise<void>;
  /**
   * GETs each path from a process (default: web) with that Host (null: its own address), round after round, until two
   * rounds in a row were answered below 500 or `timeoutMs` is over. What it answers is told, not judged. With `atOnce`
   * instead: one round, in which so many ask for each path at once.
   */
  warm?(
    spec: SlotSpec,
    options: {
      process?: string;
      paths: string[];
      host: string | null;
      atOnce?: number;
      timeoutMs: number;
      signal: AbortSignal;
    },
  ): Promise<WarmedPath[]>;
  /** The last `tail` lines of each process, then (unless `follow` is false) what is added until `signal` is aborted. */
  logs(
    slot: SlotRef,
    options: { process?: string; tail: number; follow?: boolean; signal: AbortSignal },
  ): AsyncIterable<LogLine>;
  stats(slot: SlotRef): Promise<ProcessStats[]>;
  freeze(slot: SlotRef): Promise<void>;
  unfreeze(slot: SlotRef): Promise<void>;
  /** Where somebody else's process of the slot answers, if that was said. */
  originOf?(slot: SlotRef): string | undefined;
  /** Lets go; the processes live on and are adopted by the next driver on the same home. */
  dispose(): Promise<void>;
}

// ── data: one store of a slot's data ─────────────────────────────────────────────────────────────────────────

export interface TableDescription {
  /** Schema-qualified, unquoted, as shown to people: `public.orders`. */
  table: string;
  /** Estimate from statistics. */
  rows: number;
  bytes: number;
  key: string[] | null;
}

export interface DataDescription {
  server: string;
  bytes: number;
  tables: TableDescription[];
}

export interface CopyProgress {
  table: string;
  tablesDone: number;
  tablesTotal: number;
  rows: number;
  bytes: number;
  /** Estimate of all bytes, from statistics at the start. */
  bytesTotal: number;
}

export interface CopyReport {
  ms: number;
  rows: number;
  bytes: number;
  tables: { table: string; rows: number; bytes: number }[];
  /** Tables of the source that the target lacks, columns left out, and the like. */
  notes: string[];
}

export interface TableCount {
  table: string;
  from: number;
  to: number;
}

export interface VerifyProgress {
  table: string;
  tablesDone: number;
  tablesTotal: number;
  rows: number;
  /** Estimate, from statistics at the start. */
  rowsTotal: number;
}

export interface VerifyOptions {
  /** Resolves when everything that was committed on `from` before the call is applied on `to`. */
  caughtUp(): Promise<void>;
  onProgress(progress: VerifyProgress): void;
  signal: AbortSignal;
}

/** Rows of one key range that are not on `to` as they are on `from`. */
export interface Mismatch {
  table: string;
  kind: "missing" | "extra" | "changed";
  /** First and last of their keys, in the key's order where the table has one. */
  keyFrom: string;
  keyTo: string;
  /** How many were found; a table with very many is not looked through to its end. */
  rows: number;
  /** The first of the keys; of a table without key the rows' texts, shortened. */
  sample: string[];
}

export interface VerifyReport {
  ms: number;
  /** `checksum` of the columns both have: the same for the same contents, in whatever order. `rows` as on `from`. */
  tables: { table: string; rows: number; checksum: string; ranges: number }[];
  mismatches: Mismatch[];
  /** What was not compared, and rows that changed too often to be. */
  notes: string[];
}

/** A check for the window, with everything that takes long done beforehand. What it compares is as of then. */
export interface QuickCheck {
  /** Tables that it sees: those with a key that both sides put in one order. */
  tables: number;
  /** The first differences between the two, in sentences. Takes no longer for more rows. */
  run(): Promise<string[]>;
  close(): Promise<void>;
}

/** Rows that `current` has beyond `base`, by key on the columns both have. */
export interface Difference {
  inserted: number;
  changed: number;
  deleted: number;
  /** False: a table without key made it a lower bound. */
  exact: boolean;
  tables: { table: string; inserted: number; changed: number; deleted: number; exact: boolean }[];
  ms: number;
}

export interface DifferentRow {
  table: string;
  kind: "inserted" | "changed" | "deleted";
  key: Record<string, unknown>;
  /** As it was in `base`; null when inserted. */
  base: Record<string, unknown> | null;
  /** As it is in `current`; null when deleted. */
  current: Record<string, unknown> | null;
}

/** A held fence: writers wait, reads go on. Lives in the database's own session and ends there by itself. */
export interface Fence {
  /** Whether the database still holds it. */
  alive(): Promise<boolean>;
  /** Makes it outlast the session: writes are refused from now on. Rejects if the fence was lost. */
  makeDurable(): Promise<void>;
  /** Lets the writers that waited go on as if nothing had been. Harmless when already gone. */
  release(): Promise<void>;
}

/** Items that were carried from one slot to the other. */
export interface Carried {
  files: number;
  bytes: number;
  removed: number;
  /** What was not, with why. */
  leftOut: string[];
}

export interface Tending {
  app: string;
  /** The app's epoch as of when the rest was read. */
  token: FencingToken;
  /** Null: nothing is to follow. `exact`: what the other slot has of its own goes. `stream`: by feeds, where there are any. */
  feed: { from: "blue" | "green"; exact: boolean; stream: boolean } | null;
  /** Slots whose clone is in use. Any other clone goes. */
  clones: SlotName[];
  signal: AbortSignal;
}

/** The slot's processes, its release command, or its processes on a clone of its data. */
export type DataUser = "app" | "owner" | "preview";

/** Throw-away copies of a slot's data that its app may write in. The slot's own data never sees what is written there. */
export interface Clones {
  /** What would make `make` fail, or take from live what it needs. */
  preflight(slot: SlotRef): Promise<Finding[]>;
  /**
   * Of one moment. An earlier one is replaced when the new one is whole. What feeds the slot stands still meanwhile and
   * goes on afterwards. Rejects with AbortError on `signal`.
   */
  make(slot: SlotRef, options: { token: FencingToken; signal: AbortSignal }): Promise<CloneReport>;
  /** Harmless where there is none. Whoever uses it is cut off. */
  drop(slot: SlotRef, options: { token: FencingToken }): Promise<void>;
}

export interface CloneReport {
  /** The moment that it shows. */
  at: Date;
  /** What it would take where nothing can be shared with the original. */
  bytes: number;
  /** What is not in it. */
  notes: string[];
}

/**
 * `none`: there is none. `starting`: it has not carried anything yet. `running`. `stopped`: it stands still, and goes
 * on by itself once the reason is gone. `lost`: what it would have to carry is gone; only a new sync helps.
 */
export type FeedState = "none" | "starting" | "running" | "stopped" | "lost";

export interface FeedStatus {
  state: FeedState;
  /** Why it is not running, with the row where one is in its way. */
  reason: string | null;
  /** How long a change takes to arrive; while none arrives, how old the newest one is that did. */
  lagMs: number | null;
  /** Changed rows that are not there yet, by the source's own count of them, which is seconds late; null when unknown. */
  lagRows: number | null;
  /** Log that was written and not yet confirmed, other databases of the server included. */
  lagBytes: number | null;
  /** Log that the server keeps for it. */
  retainedBytes: number | null;
  /** What changed in the schemas since it was set up, in sentences: new tables are not carried. */
  schemaChanges: string[];
}

/**
 * Continuous carrying of changes between an app's two slots, in one direction at a time. The pair for both directions
 * is made at once, so that turning it round needs nothing that could take long.
 */
export interface Feeds {
  /** Everything that would keep a feed from being set up, or stop it later. */
  preflight(from: SlotRef, to: SlotRef): Promise<Finding[]>;
  /**
   * Full copy in one snapshot, and from exactly there on everything that is written. The target refuses its app's
   * writes. What an earlier attempt left is removed first. Rejects with AbortError on `signal`.
   */
  open(
    from: SlotRef,
    to: SlotRef,
    options: { token: FencingToken; onProgress(progress: CopyProgress): void; signal: AbortSignal },
  ): Promise<CopyReport>;
  /** Both directions, wherever they stand. What was carried stays. */
  close(slots: readonly [SlotRef, SlotRef], options: { token: FencingToken }): Promise<{ left: string[] }>;
  status(from: SlotRef, to: SlotRef): Promise<FeedStatus>;
  /** Before a window: what would make the turn fail, now. With a token: whoever looked after the feeds lets go of them. */
  beforeTurn(from: SlotRef, to: SlotRef, options: { token?: FencingToken }): Promise<Finding[]>;
  /** Resolves when everything committed on `from` before the call is applied on `to`; rejects with Refusal after `timeoutMs`. */
  settle(
    from: SlotRef,
    to: SlotRef,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<{ ms: number }>;
  /** Behind the fence: numbers that were given out on `from` are not given out again on `to`. */
  carrySequences(
    from: SlotRef,
    to: SlotRef,
    options: { token: FencingToken },
  ): Promise<{ sequences: number }>;
  /** What was changed in the schemas since the feeds were set up, in sentences. Quick enough for behind the fence. */
  schemaChanges(from: SlotRef, to: SlotRef): Promise<string[]>;
  /** Behind the fence, when all is applied: stops the feed, and notes where the other one begins. */
  turn(from: SlotRef, to: SlotRef, options: { token: FencingToken }): Promise<{ position: string }>;
  /** Takes `turn` back. */
  unturn(from: SlotRef, to: SlotRef, options: { token: FencingToken }): Promise<void>;
  /** After a turn: the feed from the new live slot begins where `turn` noted. */
  start(from: SlotRef, to: SlotRef, options: { token: FencingToken }): Promise<void>;
}

export interface DataDriver {
  readonly name: string;
  readonly capabilities: {
    snapshot: boolean;
    stream: boolean;
    fence: boolean;
    difference: boolean;
    /** A fence that is not durable yet makes writers wait. Without it `catchUp` finds what they wrote meanwhile. */
    holdsWriters: boolean;
    /** A copy that fails leaves the target as it was. Without it each item is whole, as it was or as it is. */
    atomicCopy: boolean;
    /** Changes are carried between runs, so that a copy in a window takes no longer than what changed last. */
    follows: boolean;
    /** The resting slot is fed too: going back loses nothing of this store. */
    feedsBack: boolean;
  };
  /** Creates the slot's store and its roles where they are missing; changes nothing that is there. */
  provision(slot: SlotRef): Promise<void>;
  /** Environment for whoever uses the slot's data. */
  env(slot: SlotRef, as: DataUser): Promise<Record<string, string>>;
  /** Grants what the release command's new objects need; call after it ran. */
  afterRelease(slot: SlotRef): Promise<void>;
  describe(slot: SlotRef): Promise<DataDescription>;
  /** Everything that would make copying, fencing or switching between the two fail. */
  preflight(from: SlotRef, to: SlotRef): Promise<Finding[]>;
  /**
   * Full copy in one consistent snapshot, all or nothing. The target refuses its app's writes from the moment
   * the copy is visible until `unfence`. Rejects with AbortError on `signal`, leaving the target as it was.
   */
  copy(
    from: SlotRef,
    to: SlotRef,
    options: { token: FencingToken; onProgress(progress: CopyProgress): void; signal: AbortSignal },
  ): Promise<CopyReport>;
  /** Before a window, at leisure: whatever makes the copy in it short. Live is not touched. */
  prepare?(
    from: SlotRef,
    to: SlotRef,
    options: {
      token: FencingToken;
      /** What changed since the first time in this run. */
      again?: boolean;
      onProgress(progress: Record<string, unknown>): void;
      signal: AbortSignal;
    },
  ): Promise<Carried>;
  /** Behind the durable fence of `from`: what was written since the copy. Rejects when it can't be all of it. */
  catchUp?(
    from: SlotRef,
    to: SlotRef,
    options: { token: FencingToken; signal: AbortSignal },
  ): Promise<Carried>;
  /** With the capability `stream`. */
  readonly feeds?: Feeds;
  readonly clones?: Clones;
  /** Between runs, every few seconds; returns at once where nothing is to do. A run that begins ends it; none is on with its token. */
  tend?(tending: Tending): Promise<void>;
  /** Changes whenever the slot's data does; what was measured at the same mark need not be measured again. */
  changeMark?(slot: SlotRef): Promise<string>;
  /** Before a window: whatever makes `fence` short and holds nobody. Need not be followed by one. */
  readyFence?(slot: SlotRef, options: { token: FencingToken }): Promise<void>;
  /** Holds the slot's writers. The database ends it by itself `deadlineMs` after the session's last sign of life. */
  fence(
    slot: SlotRef,
    options: { token: FencingToken; deadlineMs: number; signal: AbortSignal },
  ): Promise<Fence>;
  /** Whether the slot durably refuses its app's writes. */
  fenced(slot: SlotRef): Promise<boolean>;
  /** The app may write again. */
  unfence(slot: SlotRef, options: { token: FencingToken }): Promise<void>;
  /** Rows per table that both have, counted. */
  count(from: SlotRef, to: SlotRef): Promise<TableCount[]>;
  /** Compares what both hold, row for row, while `from` is written to and feeds `to`. Rejects with AbortError on `signal`. */
  verify?(from: SlotRef, to: SlotRef, options: VerifyOptions): Promise<VerifyReport>;
  /** Made ready before a window. The caller closes it. */
  openQuickCheck?(from: SlotRef, to: SlotRef): Promise<QuickCheck>;
  difference(
    base: SlotRef,
    current: SlotRef,
    options: { onRow?(row: DifferentRow): void | Promise<void>; signal: AbortSignal },
  ): Promise<Difference>;
  /**
   * The end of a slot's part in Signalbox. A store that was there before gives back what was withheld and keeps
   * nothing of the engine's; one that was made stays, unless `destroy`. Returns what was done, in sentences.
   */
  letGo?(slot: SlotRef, options: { token: FencingToken; destroy: boolean }): Promise<string[]>;
  dispose(): Promise<void>;
}

// ── gateways ─────────────────────────────────────────────────────────────────────────────────────────────────

export interface HoldRequest {
  app: string;
  runId: string;
  token: FencingToken;
  /** Requests wait no longer than until then, and get 503 after. Epoch milliseconds. */
  holdUntil: number;
  /** From then on the hold counts as absent. Epoch milliseconds. */
  expiresAt: number;
  /** The live slot stays up and can be read: what only reads may go on to it, where the app's routes say so. */
  readsGoOn?: boolean;
}

export interface InFlight {
  method: string;
  path: string;
  ageMs: number;
}

export interface HoldReport {
  held: number;
  /** Requests that only read and went on meanwhile, where the app asks for that. */
  served: number;
  /** Requests that were answered 503 because the hold ran out or the queue was full. */
  refused: number;
  longestWaitMs: number;
}

/** Where a slot listens. */
export interface Target {
  scheme: "http" | "https";
  host: string;
  port: number;
}

export interface AppRoutes {
  app: string;
  /** The app's own route version; gateways refuse an older one. */
  version: number;
  domains: { host: string; audience: Audience }[];
  /** Null: nothing is live. */
  live: "blue" | "green" | null;
  stagingAccess: "open" | "testers";
  slots: {
    slot: "blue" | "green";
    targets: Target[];
    release: string | null;
    paused: boolean;
    /** Path prefixes of its release's hashed files, which open tabs may still ask for when the other slot is live. */
    assets: string[];
  }[];
  healthPath: string;
  /** What the live release asks for while a hold stands: `serve` lets what only reads go on. */
  reads: "hold" | "serve";
  limits: { headerBytes: number; bodyBytes: number | null; idleMs: number; totalMs: number };
}

/** All gateways as one. Each call returns when it is true on every one of them, and rejects if one does not answer. */
export interface Gateways {
  /** Rejects with Refusal when a gateway that should run does not answer. */
  ping(): Promise<void>;
  /** Writes the engine's lock and returns when new requests to the app (public and staging) wait. */
  hold(request: HoldRequest): Promise<void>;
  /** Whether the run's own hold still stands everywhere and will for `forMs` more. */
  holding(app: string, runId: string, forMs: number): Promise<boolean>;
  /**
   * Returns when no request is in flight to the app (or to one target of it, by port); rejects with Refusal naming
   * the slowest after `timeoutMs`. `readsGoOn`: as in the hold; those that it leaves are not waited for, whenever
   * they began.
   */
  drain(
    app: string,
    options: { port?: number; readsGoOn?: boolean; timeoutMs: number; signal: AbortSignal },
  ): Promise<void>;
  /** Puts the app's routes in force. */
  route(routes: AppRoutes, token: FencingToken): Promise<void>;
  /** Closes WebSocket (1012) and SSE connections to a slot (or to one port of it), so that their clients come again. */
  closeStreams(slot: SlotRef, token: FencingToken, port?: number): Promise<{ closed: number }>;
  /** Removes the run's lock (never one that a person made or touched) and lets the held requests go. */
  release(app: string, runId: string, token: FencingToken): Promise<HoldReport>;
}

export interface Clock {
  /** Monotonic, for durations. */
  monotonic(): number;
  /** Wall clock, epoch milliseconds. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
