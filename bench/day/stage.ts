/** What every act of the day works with. */

import type { Ledger } from "../ledger/ledger.ts";
import type { Verdict } from "../ledger/verify.ts";
import type { Load } from "../load/load.ts";
import type { Range } from "../load/samples.ts";
import type { Api } from "./api.ts";
import type { Installation } from "./installation.ts";
import type { DayReport } from "./report.ts";

export interface Stage {
  installation: Installation;
  api: Api;
  load: Load;
  ledger: Ledger;
  /** Runs that held visitors. */
  holds: Range[];
  /** Times under a person's maintenance lock. */
  closed: Range[];
  report: DayReport;
  /** One line per act, for whoever watches. */
  say(line: string): void;
  /** Anything but true makes the day a failure, with this sentence. */
  expect(fact: boolean, otherwise: string): void;
}

/** The verdict's and the load's figures in the day's report. */
export function takeFigures({ load, holds, closed, report, expect, say }: Stage, verdict: Verdict): void {
  const figures = load.report({ holds, closed });
  report.requests = {
    total: figures.requests.total,
    failed: figures.requests.failed,
    held: figures.requests.held,
  };
  report.writes = {
    acknowledged: verdict.acknowledged,
    unknown: verdict.unknown,
    lost: verdict.lost,
    doubled: verdict.doubled,
  };
  say(
    `${figures.requests.total} requests in ${figures.seconds.toFixed(0)} s, ${figures.requests.closed} refused by a ` +
      `person's lock, p99 ${figures.reads.p99Ms?.toFixed(1)} ms, generator late by ${figures.generatorLagMaxMs.toFixed(0)} ms at most`,
  );
  for (const detail of verdict.details) say(detail);
  expect(figures.requests.failed === 0, `requests failed: ${JSON.stringify(figures.failures)}`);
  expect(
    figures.reads.perSecond >= 190,
    `only ${figures.reads.perSecond.toFixed(0)} reads a second were sent`,
  );
  expect(verdict.acknowledged > 0, "no write was acknowledged");
  expect(verdict.lost === 0, `${verdict.lost} acknowledged writes were lost`);
  expect(verdict.doubled === 0, `${verdict.doubled} writes were doubled`);
  expect(verdict.unexplained === 0, `${verdict.unexplained} rows can't be explained by any write`);
}
