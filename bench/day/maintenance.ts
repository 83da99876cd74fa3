/** A person closes the gate with `touch` and opens it with `rm`; polling visitors say when it took effect. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { now } from "../ledger/ledger.ts";
import { frontPage } from "./preview.ts";
import { startProbe } from "./probe.ts";
import { round } from "./report.ts";
import { SHOP } from "./shop.ts";
import type { Stage } from "./stage.ts";

const CLOSED_MS = 1_500;
const PATIENCE_MS = 10_000;

export async function maintenance({ installation, api, closed, report, say, expect }: Stage): Promise<void> {
  const { gatewayPort, home } = installation;
  const lock = join(home.maintenance, "enabled.lock");
  const probe = startProbe(gatewayPort, SHOP.publicHost);
  const range = { from: now(), to: Number.POSITIVE_INFINITY };
  closed.push(range);
  try {
    writeFileSync(lock, "", { flag: "wx" });
    const touched = now();
    const shut = await probe.first(range.from, ({ status }) => status === 503, PATIENCE_MS);
    await sleep(CLOSED_MS);
    const staging = await frontPage(gatewayPort, SHOP.stagingHost);
    const { gate } = await api.app(SHOP.app);
    const removing = now();
    rmSync(lock);
    const open = await probe.first(removing, ({ status }) => status === 200, PATIENCE_MS);
    range.to = open.answeredAt;
    report.maintenance = {
      closedAfterMs: round(shut.answeredAt - touched),
      reopenedAfterMs: round(open.answeredAt - removing),
      status: shut.status,
      retryAfterS: shut.retryAfterS,
    };
    const { closedAfterMs, reopenedAfterMs } = report.maintenance;
    say(`maintenance closed after ${closedAfterMs} ms and reopened after ${reopenedAfterMs} ms`);
    // What was on its way when the lock went may have met an open gate.
    const through = probe
      .between(shut.answeredAt, removing)
      .filter(({ status, answeredAt }) => answeredAt <= removing && status !== 503);
    expect(through.length === 0, `${through.length} requests got through while the lock was there`);
    expect(staging.status === 200, `staging was answered ${staging.status} during maintenance`);
    expect(gate.state === "closed" && gate.by === "person", `the API says the gate is ${gate.state}`);
    expect((shut.retryAfterS ?? 0) > 0, "the 503 has no Retry-After");
    expect(
      closedAfterMs <= 1_000 && reopenedAfterMs <= 1_000,
      "the lock took more than a second to take effect",
    );
  } finally {
    rmSync(lock, { force: true });
    range.to = Math.min(range.to, now());
    probe.stop();
  }
}
