/** One switch, with at most one blow in it, until everything stands again. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connections } from "#lib/config/open-home.ts";
import type { Api } from "../day/api.ts";
import { SHOP } from "../day/shop.ts";
import { now } from "../ledger/ledger.ts";
import type { Cell, Direction } from "./cells.ts";
import type { Intent } from "./course.ts";
import type { Field } from "./field.ts";
import { failuresOf, longestOutage } from "./recovery.ts";
import { type RunEnd, type RunRecord, watchRuns } from "./run-watch.ts";
import { LIMIT_MS, ON_THE_WAY, strike, takeAim, type Victim } from "./victims.ts";
import { untilWhole } from "./whole.ts";

const RUN_MS = 180_000;
const ASK_MS = 60_000;
/** Until those who waited have been served, so that no blow is charged with the wait of the one before. */
const CALM = { waitedMs: 250, timeoutMs: 5_000 };

export async function performSwitch(
  field: Field,
  direction: Direction,
  intent: Intent,
): Promise<{ through: boolean; struck: boolean }> {
  const { installation, api, mode } = field;
  const { home, environment } = installation;
  const before = await api.app(SHOP.app);
  if (before.live === null) throw new Error("nothing is live");
  const slots = { live: before.live, idle: before.idle };
  const aim = await takeAim(home, slots);
  const runs = await watchRuns(connections(home, environment).store);
  const blow: Blown = { cell: null, victim: null, at: null };
  const hit = (victim: Victim) => {
    if (field.signal.aborted || blow.at !== null || !strike(aim, victim)) return;
    blow.at = now();
    blow.victim = victim;
  };
  const onRecord = (record: RunRecord, over: boolean) => {
    if (record.type === "committed") endScratch(field, slots.idle);
    if (record.type === "planned" && intent.kind !== "moment") {
      intent.matrix.learn(direction, record.steps);
      if (intent.kind === "cell") blow.cell = intent.matrix.next(direction);
    }
    if (blow.cell && !over && isAt(record, blow.cell)) hit(blow.cell.victim);
  };

  const askedAt = now();
  try {
    const id = await ask(api, mode.verb(direction));
    const moment =
      intent.kind === "moment" ? sleep(intent.afterMs).then(() => hit(intent.victim)) : Promise.resolve();
    const end = await runs.follow(id, onRecord, RUN_MS);
    const overAt = now();
    // Between two switches is a moment too.
    await moment;
    field.switches.push({ from: slots.live, to: slots.idle, askedAt, overAt, committed: end.committed });
    await untilWhole(field);
    await field.load.calm(CALM.waitedMs, CALM.timeoutMs);
    await judge(field, slots, end);
    account(field, direction, intent, blow, end);
    tellFailures(field);
    return { through: end.committed, struck: blow.at !== null };
  } finally {
    await runs.close();
  }
}

/** What was meant, and what became of it. */
interface Blown {
  cell: Cell | null;
  victim: Victim | null;
  /** Epoch milliseconds. */
  at: number | null;
}

/** The commit has no record of its own kind for success. */
const isAt = ({ type, step }: RunRecord, cell: Cell): boolean =>
  cell.step === "commit" && cell.boundary === "succeeded"
    ? type === "committed"
    : type === `step-${cell.boundary}` && step === cell.step;

/** Refusals pass: a feed or a process may still be on its way back. The key makes all of them one request. */
async function ask(api: Api, verb: "swap" | "rollback"): Promise<string> {
  const idempotencyKey = randomUUID();
  const deadline = performance.now() + ASK_MS;
  for (;;) {
    try {
      return await api.act(SHOP.app, verb, { idempotencyKey });
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(500);
    }
  }
}

/** A run ends in one of two states, and the app is in the one that the run says. */
async function judge(field: Field, slots: { live: string; idle: string }, end: RunEnd): Promise<void> {
  const app = await field.api.app(SHOP.app);
  const expected = end.committed ? slots.idle : slots.live;
  const state = app.slots.find(({ slot }) => slot === app.live)?.dataState;
  if (app.live !== expected) field.wrong(`the run ended as ${end.status} and ${app.live} is live`);
  if (end.committed && end.status !== "succeeded")
    field.wrong(`a committed run ended as ${end.status}: ${end.reason}`);
  if (state !== "authoritative") field.wrong(`the live slot's data is ${state}`);
}

function account(field: Field, direction: Direction, intent: Intent, blow: Blown, end: RunEnd): void {
  const { cell, victim, at } = blow;
  const ended = end.committed ? "went through" : `was taken back (${end.reason})`;
  if (victim === null || at === null) {
    if (cell && intent.kind === "cell")
      intent.matrix.record(cell, { outcome: "missed", recoveryMs: null, lateBy: null });
    field.say(
      `${direction}: ${ended}${cell ? `, and ${cell.victim} was not struck at ${wordsOf(cell)}` : ""}`,
    );
    return;
  }
  const over = now();
  const range = { from: at, to: over };
  const writes = field.load.samples.overlapping(range).filter(({ write }) => write);
  const recoveryMs = Math.max(longestOutage(field.prober.since(at), range), longestOutage(writes, range));
  const records = end.records.filter(({ type }) => type !== "progress");
  const reached = records.findLastIndex((record) => record.at <= at);
  const where = cell ? wordsOf(cell) : `a random moment, ${wordsOfMoment(records[reached])}`;
  field.blows.push({ victim, where: `${direction}, ${where}`, at, recoveryMs });
  // One that is struck when its run is all but over is still coming back when the next is asked for.
  if (ON_THE_WAY.has(victim)) field.shadows.push({ from: at, to: Math.max(over, at + LIMIT_MS[victim]) });
  if (cell && intent.kind === "cell") {
    const meant = records.findIndex((record) => isAt(record, cell));
    const lateBy = Math.max(0, reached - meant);
    intent.matrix.record(cell, { outcome: end.committed ? "through" : "back", recoveryMs, lateBy });
  }
  const slow = recoveryMs > LIMIT_MS[victim] ? " TOO LONG" : "";
  field.say(
    `${direction}: ${victim} struck at ${where}: ${ended}; nobody served for ${recoveryMs.toFixed()} ms${slow}`,
  );
}

/** Those that were not told yet, so that whoever reads it knows when they happened. */
function tellFailures(field: Field): void {
  const since = field.toldUntil;
  field.toldUntil = now();
  const recent = field.load.samples.notOk.filter(({ done }) => done !== null && done >= since);
  const { outside, reasons } = failuresOf(recent, field.shadows);
  if (outside > 0)
    field.say(`  ${outside} requests failed outside of any shadow: ${JSON.stringify(reasons)}`);
}

const wordsOf = ({ step, boundary }: Cell) => `“${step}” ${boundary}`;

const wordsOfMoment = (reached: RunRecord | undefined) =>
  reached ? `after ${[reached.type, reached.step].filter(Boolean).join(" ")}` : "before the run was planned";

/** From the commit on the new slot's writes count. */
function endScratch({ scratch }: Field, slot: string): void {
  const open = scratch.find((span) => span.slot === slot && span.to === Number.POSITIVE_INFINITY);
  if (open) open.to = now();
}
