/** An app as a page would be shown it, for tests: blue is live with 1.0.0, green is empty. */
import type { Verb } from "#lib/engine/model.ts";
import { VERBS } from "#lib/engine/model.ts";
import type {
  AppView,
  FeedView,
  Receipt,
  ReceiptEntry,
  RunSummary,
  SlotView,
} from "#lib/operations/views.ts";

export const release = (version: string, createdAt: string) => ({
  id: `rel-${version}`,
  version,
  createdAt,
  createdBy: "Ada",
});

export const slotView = (over: Partial<SlotView> & Pick<SlotView, "slot" | "role">): SlotView => ({
  release: null,
  dataState: "empty",
  paused: false,
  syncedAt: null,
  observedAt: null,
  processes: [],
  data: null,
  feed: null,
  preview: null,
  ...over,
});

export const feedView = (over: Partial<FeedView> & Pick<FeedView, "from">): FeedView => ({
  state: "running",
  reason: null,
  lagMs: 12,
  lagRows: 0,
  lagBytes: 0,
  retainedBytes: 4_096,
  schemaChanges: [],
  at: "2026-11-20T10:00:00.000Z",
  ...over,
});

export const runSummary = (over: Partial<RunSummary> = {}): RunSummary => ({
  id: "run-1",
  app: "shop",
  kind: "swap",
  status: "succeeded",
  abortReason: null,
  requestedBy: { kind: "user", id: "u1", name: "Ada" },
  requestedAt: "2026-11-20T10:00:00.000Z",
  startedAt: "2026-11-20T10:00:00.100Z",
  finishedAt: "2026-11-20T10:00:02.000Z",
  error: null,
  ...over,
});

/** Of a swap from blue, 1.0.0, to green, 1.1.0. */
export const receiptEntry = (over: Partial<Receipt> = {}): ReceiptEntry => ({
  run: runSummary(),
  receipt: {
    from: "blue",
    to: "green",
    fromVersion: "1.0.0",
    toVersion: "1.1.0",
    forecastWindowMs: null,
    forecastSwitches: null,
    windowMs: 60,
    requestsHeld: 12,
    requestsServed: null,
    requestsRefused: 0,
    longestWaitMs: 58,
    dataBytes: null,
    dataRows: null,
    lossless: true,
    feed: { ms: 9, sequences: 3, positions: ["0/16B3748"] },
    compared: null,
    counts: [],
    warm: [],
    steps: [],
    loss: null,
    automatic: null,
    notes: [],
    ...over,
  },
});

export const appView = (over: Partial<AppView> = {}): AppView => ({
  name: "shop",
  external: null,
  live: "blue",
  idle: "green",
  gate: { state: "open", by: null, message: null, since: null },
  domains: [
    { host: "shop.localhost", audience: "public", url: "http://shop.localhost:8080", reaches: "blue" },
  ],
  stagingAccess: "open",
  slots: [
    slotView({
      slot: "blue",
      role: "live",
      release: release("1.0.0", "2026-11-20T09:00:00.000Z"),
      dataState: "authoritative",
    }),
    slotView({ slot: "green", role: "idle" }),
  ],
  watch: null,
  activeRun: null,
  recentRuns: [],
  safeToSwap: { ok: true, reasons: [] },
  safeToRollBack: { ok: false, reasons: [], lossless: false, wayBack: null },
  verbs: Object.fromEntries(VERBS.map((verb) => [verb, []])) as unknown as Record<Verb, []>,
  forecast: null,
  fedForecast: null,
  ...over,
});
