/** The torture as a command: an installation of its own, the torture, and nothing left afterwards. */
import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openHome } from "#lib/config/open-home.ts";
import { removeHome } from "#lib/config/prepare-home.ts";
import { freePort } from "#lib/store/postgres-server.ts";
import { startInstallation } from "../day/installation.ts";
import { stopRequest } from "../day/stop-request.ts";
import { strayProcesses } from "./leftovers.ts";
import { matrixTable } from "./matrix-table.ts";
import { modeOf } from "./mode.ts";
import type { TortureReport } from "./report.ts";
import { type TortureOptions, torture } from "./torture.ts";

/**
 * Rejects when the installation does not come up. The home is deleted; of a torture that went wrong the logs are kept,
 * and `say` says where. `signal` ends it early: then it rejects, and nothing is left either.
 */
export async function runTorture(options: TortureOptions): Promise<TortureReport> {
  const { say, signal } = options;
  const dir = mkdtempSync(join(tmpdir(), "signalbox-torture-"));
  say(`seed ${options.seed}, ${options.mode} mode, starting everything in ${dir}`);
  const installation = await startInstallation({ home: dir, port: await freePort(), say, signal });
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => reject(new Error("stopped before it was over"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
  let report: TortureReport | null = null;
  try {
    const played = await Promise.race([torture(installation, options), stopped]);
    report = played.report;
    const mode = modeOf(options.mode);
    say(matrixTable(played.matrix, (direction) => mode.verb(direction)));
    return report;
  } finally {
    say("stopping everything");
    await installation.stop();
    const home = openHome(installation.environment);
    const stray = strayProcesses(home);
    report?.leftovers.push(...stray);
    if (report) report.ok &&= stray.length === 0;
    if (report?.ok === false) {
      const kept = mkdtempSync(join(tmpdir(), "signalbox-torture-logs-"));
      cpSync(join(home.dir, "logs"), kept, { recursive: true });
      say(`the logs are kept in ${kept}`);
    }
    await removeHome(home);
  }
}

const RATES = { readsPerSecond: 150, writesPerSecond: 60 };

export interface CommandOptions
  extends Omit<TortureOptions, "say" | "rates" | "timed" | "enough" | "signal"> {
  json: boolean;
}

/** A terminal may say the same thing twice: to this process, and to the one that started it and passes it on. */
const AGAIN_MS = 1_000;

/** Resolves with the exit code: 0 only if all was played and nothing was lost, doubled, left over or too long away. */
export async function runTortureCommand({ json, ...options }: CommandOptions): Promise<number> {
  const began = performance.now();
  const say = (line: string) =>
    process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${line}\n`);
  const [ending, atOnce] = [new AbortController(), new AbortController()];
  void stopRequest().then(async () => {
    say("ending after this switch, to judge what was played; ask again to stop at once");
    ending.abort();
    await sleep(AGAIN_MS);
    await stopRequest();
    atOnce.abort();
  });
  try {
    const report = await runTorture({
      ...options,
      rates: RATES,
      timed: true,
      enough: ending.signal,
      signal: atOnce.signal,
      say,
    });
    say(report.ok ? "nothing was lost, doubled or left" : `it went wrong; --seed ${report.seed} repeats it`);
    console.log(json ? JSON.stringify(report) : JSON.stringify({ ...report, matrix: undefined }, null, 2));
    return report.ok ? 0 : 1;
  } catch (error) {
    if (!atOnce.signal.aborted) throw error;
    say("stopped; nothing is left");
    return 130;
  }
}
