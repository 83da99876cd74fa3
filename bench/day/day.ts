/**
 * A day without a person, under load: deploy, sync, preview, swap, maintenance, rollback, a crash in a swap, the swap
 * again, finish. Every act is asked for over the API, and judged by what its clients saw.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Ledger } from "../ledger/ledger.ts";
import { httpReader } from "../ledger/reader.ts";
import { verify } from "../ledger/verify.ts";
import { startLoad } from "../load/load.ts";
import { openApi } from "./api.ts";
import { crashInSwap } from "./crash.ts";
import type { Installation } from "./installation.ts";
import { mintKeys } from "./keys.ts";
import { maintenance } from "./maintenance.ts";
import { preview } from "./preview.ts";
import type { DayReport } from "./report.ts";
import { rollback } from "./rollback.ts";
import { assembleReleases, backToFirstRelease, deploy, ensureLive, RUN_MS, SHOP } from "./shop.ts";
import { type Stage, takeFigures } from "./stage.ts";
import { swap } from "./switching.ts";

const READS_PER_SECOND = 220;
const WRITES_PER_SECOND = 40;
/** Longer than any hold lasts by itself: visitors wait, they do not give up. */
const TIMEOUT_MS = 45_000;
/** Between acts, so that each one's effects have time to show. */
const BREATH_MS = 2_000;
/** And until those who waited have been served, so that no act is charged with the wait of the one before. */
const CALM = { waitedMs: 250, timeoutMs: 30_000 };

/** Plays it to the end or to the first act that can't go on; `report.ok` says which, `say` says why. */
export async function playDay(installation: Installation, say: (line: string) => void): Promise<DayReport> {
  const report: DayReport = {
    ok: false,
    requests: { total: 0, failed: 0, held: 0 },
    writes: { acknowledged: 0, unknown: 0, lost: 0, doubled: 0 },
    swaps: [],
    rollback: null,
    maintenance: null,
    crash: null,
  };
  const wrong: string[] = [];
  const expect = (fact: boolean, otherwise: string) => {
    if (fact) return;
    wrong.push(otherwise);
    say(`WRONG: ${otherwise}`);
  };
  try {
    const { apiToken } = await mintKeys(installation, "headless day");
    const api = openApi(installation.gatewayPort, apiToken);
    const releases = await assembleReleases(join(installation.home.dir, "shop"));
    await ensureLive(api, releases, say);
    await backToFirstRelease(api, releases, say);
    const ledger = new Ledger({ file: join(installation.home.dir, "logs", "ledger.jsonl") });
    const load = startLoad({
      gatewayPort: installation.gatewayPort,
      host: SHOP.publicHost,
      readsPerSecond: READS_PER_SECOND,
      writesPerSecond: WRITES_PER_SECOND,
      timeoutMs: TIMEOUT_MS,
      ledger,
    });
    const stage: Stage = { installation, api, load, ledger, holds: [], closed: [], report, say, expect };
    try {
      await acts(stage, releases["1.1.0"]);
    } catch (error) {
      expect(false, error instanceof Error ? error.message : String(error));
    }
    await load.stop();
    const read = httpReader({ port: installation.gatewayPort, host: SHOP.publicHost });
    takeFigures(stage, verify(ledger.records, await read(), ledger.prefix));
    ledger.close();
  } catch (error) {
    expect(false, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  report.ok = wrong.length === 0;
  return report;
}

async function acts(stage: Stage, nextRelease: string): Promise<void> {
  const { api, say } = stage;
  say("deploying shop 1.1.0 to the idle slot");
  await deploy(api, nextRelease);
  say("syncing");
  await api.succeeded(await api.act(SHOP.app, "sync"), RUN_MS);
  await preview(stage);
  await breathe(stage);
  const swapped = await swap(stage);
  await breathe(stage);
  await maintenance(stage);
  await breathe(stage);
  await rollback(stage, swapped);
  await breathe(stage);
  const through = await crashInSwap(stage);
  await breathe(stage);
  if (!through) await swap(stage);
  await breathe(stage);
  await api.succeeded(await api.act(SHOP.app, "finish"), RUN_MS);
  say("finished: the way back is given up");
  await breathe(stage);
}

async function breathe({ load }: Stage): Promise<void> {
  await sleep(BREATH_MS);
  await load.calm(CALM.waitedMs, CALM.timeoutMs);
}
