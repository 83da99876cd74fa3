/** The engine dies by kill -9 in the middle of a swap's window; visitors wait, and nothing else. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { homePaths } from "#lib/config/home.ts";
import { controlFile } from "#lib/gateway/control.ts";
import { isAlive, signalProcess } from "#lib/observability/process-identity.ts";
import { now } from "../ledger/ledger.ts";
import { startProbe } from "./probe.ts";
import { round } from "./report.ts";
import { RUN_MS, SHOP } from "./shop.ts";
import type { Stage } from "./stage.ts";
import { measure } from "./switching.ts";

const PATIENCE_MS = 60_000;
/** Of an engine that is restarted on a machine with much else to do; visitors would wait for 35 s. */
const RECOVERED_MS = 20_000;

/** Resolves with whether the swap went through; otherwise it was taken back and may be asked for again. */
export async function crashInSwap(stage: Stage): Promise<boolean> {
  const { installation, api, report, say, expect } = stage;
  const before = await api.app(SHOP.app);
  const engines = livingEngines(join(homePaths(installation.home).run));
  const asked = now();
  const id = await api.act(SHOP.app, "swap");
  const seen = await api.until(
    id,
    ({ steps, finishedAt }) =>
      finishedAt !== null || steps.some(({ name, status }) => name === "hold" && status !== "pending"),
    RUN_MS,
  );
  const killed = now();
  const dead = engines.filter((engine) => signalProcess(engine, "SIGKILL"));
  const at = seen.steps.findLast(({ status }) => status !== "pending");
  say(`killed the engine when the swap's step "${at?.name}" was ${at?.status}`);
  const probe = startProbe(installation.gatewayPort, SHOP.publicHost);
  try {
    const served = await probe.first(killed, ({ status }) => status === 200, PATIENCE_MS);
    const run = await api.ended(id, PATIENCE_MS);
    const over = now();
    const recoveredAfterMs = round(Math.max(served.answeredAt, over) - killed);
    report.crash = { killed: "engine", recoveredAfterMs };
    const figures = await measure(stage, run, { from: asked, to: over });
    if (run.status === "succeeded") report.swaps.push(figures);
    say(
      `recovered after ${recoveredAfterMs} ms: the swap ${run.status}, visitors waited ${figures.stallMaxMs} ms at most`,
    );

    const app = await api.app(SHOP.app);
    const through = run.status === "succeeded";
    expect(dead.length > 0, "there was no engine to kill");
    expect(seen.finishedAt === null, "the swap was over before the engine could be killed");
    expect(through || run.status === "aborted", `the swap ended as ${run.status}: ${run.error}`);
    expect(
      app.live === (through ? before.idle : before.live),
      `${app.live} is live after the swap ${run.status}`,
    );
    expect(app.gate.state === "open", `the gate is ${app.gate.state} after the recovery`);
    expect(recoveredAfterMs <= RECOVERED_MS, `the recovery took ${recoveredAfterMs} ms`);
    return through;
  } finally {
    probe.stop();
  }
}

const livingEngines = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.startsWith("engine") && name.endsWith(".json"))
    .map((name) => controlFile.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))))
    .filter(isAlive);
