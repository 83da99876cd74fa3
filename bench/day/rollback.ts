/** Going back: that it costs nothing is asked before the click, and seen in the data afterwards. */
import { setTimeout as sleep } from "node:timers/promises";
import type { PreflightAnswer } from "#lib/engine-service/control.ts";
import type { RunView } from "#lib/operations/views.ts";
import { now } from "../ledger/ledger.ts";
import { acceptLoss, rowsLost } from "../ledger/loss.ts";
import { ordersWaiting, sqlReader } from "../ledger/sql-reader.ts";
import type { Api } from "./api.ts";
import { round } from "./report.ts";
import { databaseUrl, RUN_MS, SHOP } from "./shop.ts";
import type { Stage } from "./stage.ts";
import { holdStart, measure } from "./switching.ts";

const PATIENCE_MS = 60_000;

/**
 * Rolls the swap back. Nobody writes between the question and the hold, so that two readings of the data can be
 * compared; from the hold on writers are there again, and wait like everybody.
 */
export async function rollback(stage: Stage, swapped: RunView): Promise<void> {
  const { installation, api, load, ledger, report, say, expect } = stage;
  const since = holdStart(swapped) ?? Date.parse(swapped.startedAt ?? swapped.requestedAt);
  const { live, idle } = await api.app(SHOP.app);
  if (live === null) throw new Error("nothing is live");

  await load.pauseWrites();
  const until = ledger.startSpan(since);
  const current = databaseUrl(installation, live);
  await untilWorkerIsDone(current);
  const announced = await freshWayBack(api);
  const announcedLoss = announced.inserted + announced.changed + announced.deleted;
  const before = await sqlReader(current)();

  const asked = now();
  const id = await api.act(SHOP.app, "rollback", { acceptLoss: announcedLoss });
  await api.until(
    id,
    ({ steps, finishedAt }) =>
      finishedAt !== null || steps.some(({ name, status }) => name === "hold" && status === "succeeded"),
    RUN_MS,
  );
  load.resumeWrites();
  const run = await api.succeeded(id, RUN_MS);
  const over = now();

  const after = await sqlReader(databaseUrl(installation, idle))();
  const loss = rowsLost(before, after, ledger.records, until);
  const actualLoss = loss.inserted + loss.changed + loss.deleted;
  const taken = acceptLoss(ledger, after, since, until);
  const { stallMaxMs } = await measure(stage, run, { from: asked, to: over });
  report.rollback = { announcedLoss, actualLoss, stallMaxMs: round(stallMaxMs) };
  say(
    `rolled back: ${announcedLoss} rows announced, ${actualLoss} lost (${loss.inserted} inserted, ${loss.changed} ` +
      `changed, ${loss.deleted} deleted; ${taken} acknowledged writes), visitors waited ${stallMaxMs} ms at most`,
  );

  expect(announced.lossless, `going back is said to lose something: ${announced.reason}`);
  expect(
    announcedLoss === actualLoss,
    `${announcedLoss} rows were announced as lost, and ${actualLoss} were`,
  );
  expect(taken === 0, `the rollback took ${taken} acknowledged writes back`);
  const written = ledger.records.filter(
    ({ begunAt, outcome }) => begunAt >= since && outcome === "acknowledged",
  );
  expect(written.length > 0, "nothing was written since the swap, so it proves nothing");
  const app = await api.app(SHOP.app);
  expect(app.live === idle, `${app.live} is live after the rollback`);
  expect(app.gate.state === "open", `the gate is ${app.gate.state} after the rollback`);
}

/** The worker writes too: the figure is stable only when it has nothing left to do. */
async function untilWorkerIsDone(url: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while ((await ordersWaiting(url)) > 0) {
    if (performance.now() > deadline) throw new Error("the worker does not come to an end");
    await sleep(100);
  }
}

/** As the dialog shows it before the click: measured when asked for. */
async function freshWayBack(api: Api): Promise<NonNullable<PreflightAnswer["wayBack"]>> {
  const from = Date.now();
  const { wayBack, findings } = await api.preflight(SHOP.app, "rollback");
  if (!wayBack) throw new Error(`what a rollback loses is not known: ${JSON.stringify(findings)}`);
  if (Date.parse(wayBack.measuredAt) < from) throw new Error("what a rollback loses was not measured afresh");
  return wayBack;
}
