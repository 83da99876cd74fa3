/**
 * The gateway beside what a user would pick instead, in one run. Rounds go A B C A B C and medians are taken, so that
 * whatever else the machine does hits all alike.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuTimeUs } from "./cpu-time.ts";
import { holdMany } from "./held.ts";
import { loadTool, type Measured, measure } from "./load.ts";
import { lockTimes } from "./lock-times.ts";
import { median } from "./median.ts";
import { type Peer, startPeers } from "./peers.ts";
import { canPin, Programs } from "./programs.ts";
import { type GatewayReport, printReport } from "./report.ts";
import { startSignalbox } from "./signalbox.ts";
import { startUpstream } from "./upstream.ts";

const CONNECTIONS = [1, 64];
const JUST_IN_TIME = new Set(["gateway", "gatewayAllCores", "middleware"]);
const FULL = { warmUp: { requests: 150_000, seconds: 20 }, rounds: 5, seconds: 3, locks: 30, held: 10_000 };
const QUICK = { warmUp: { requests: 40_000, seconds: 5 }, rounds: 2, seconds: 1, locks: 10, held: 10_000 };

/** Resolves with the exit code. Installs nothing; what is missing is named. */
export async function benchGateway({ quick, json }: { quick: boolean; json: boolean }): Promise<number> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const size = quick ? QUICK : FULL;
  const dir = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
  const programs = new Programs();
  const stop = async () => {
    await programs.stopAll();
    rmSync(dir, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(130)));
  }
  try {
    const upstream = await startUpstream(programs, dir);
    const { peers, missing } = await startPeers({ programs, dir, upstreamPort: upstream.port, quick });
    for (const [name, reason] of Object.entries(missing)) say(`without ${name}: ${reason}`);
    if (loadTool() === "undici")
      say("without wrk (apt-get install wrk): undici asks, which is slower than some of these");
    if (!canPin()) say("without two cores and taskset: nothing is pinned");
    const direct: Peer = { name: "direct", port: upstream.port, group: null };
    const figures = await rounds([direct, ...peers], size, say);
    say("the lock's times …");
    const signalbox = await startSignalbox(
      { programs, dir, upstreamPort: upstream.port },
      { workers: null, core: "any" },
    );
    const locks = await lockTimes(signalbox, size.locks);
    await programs.stopAll();
    say(`${size.held} requests at the gate …`);
    const held = await holdMany(programs, dir, size.held);
    const report = reportOf(figures, { locks, held, missing, upstream: upstream.kind, pinned: canPin() });
    if (json) console.log(JSON.stringify(report));
    else printReport(report);
    return 0;
  } finally {
    await stop();
  }
}

interface Figure extends Measured {
  /** CPU time of the proxy for one request, microseconds. */
  cpuUs: number;
}
type Figures = Map<string, Figure>;

async function measurePeer({ port, group }: Peer, connections: number, seconds: number): Promise<Figure> {
  const before = group === null ? Number.NaN : cpuTimeUs(group);
  const measured = await measure(port, connections, seconds);
  const used = group === null ? Number.NaN : cpuTimeUs(group) - before;
  return { ...measured, cpuUs: used / (measured.rps * seconds) };
}

/** Code that has not been compiled yet is never typical. It has been after so many requests, or else time is up. */
async function warmUp({ name, port }: Peer, most: { requests: number; seconds: number }): Promise<void> {
  let [requests, seconds] = [0, 0];
  do {
    requests += (await measure(port, 64, 1)).rps;
    seconds += 1;
  } while (JUST_IN_TIME.has(name) && requests < most.requests && seconds < most.seconds);
}

async function rounds(
  peers: Peer[],
  size: typeof FULL,
  say: (line: string) => void,
): Promise<Map<number, Figures>> {
  const all = new Map<number, Figures>();
  for (const peer of peers) await warmUp(peer, size.warmUp);
  for (const connections of CONNECTIONS) {
    say(
      `${connections} connection${connections === 1 ? "" : "s"}, ${size.rounds} rounds of ${size.seconds} s each …`,
    );
    const measured = new Map<string, Figure[]>(peers.map(({ name }) => [name, []]));
    for (let round = 0; round < size.rounds; round += 1) {
      for (const peer of peers) {
        measured.get(peer.name)!.push(await measurePeer(peer, connections, size.seconds));
      }
    }
    const medians = [...measured].map(([name, values]): [string, Figure] => [
      name,
      {
        rps: Math.round(median(values.map(({ rps }) => rps))),
        p50Us: Math.round(median(values.map(({ p50Us }) => p50Us))),
        errors: values.reduce((sum, { errors }) => sum + errors, 0),
        cpuUs: Math.round(median(values.map(({ cpuUs }) => cpuUs))),
      },
    ]);
    all.set(connections, new Map(medians));
  }
  return all;
}

function reportOf(
  figures: Map<number, Figures>,
  rest: Pick<GatewayReport, "held" | "missing" | "upstream" | "pinned"> & {
    locks: Awaited<ReturnType<typeof lockTimes>>;
  },
): GatewayReport {
  const { locks, held, missing, upstream, pinned } = rest;
  const of = (connections: number, name: string) => figures.get(connections)?.get(name);
  const ratio = (to: string) => rounded((of(64, "gateway")?.rps ?? 0) / (of(64, to)?.rps ?? 0));
  const each = (key: keyof Figure) =>
    Object.fromEntries(
      [...figures].map(([connections, peers]) => [
        String(connections),
        Object.fromEntries([...peers].map(([name, values]) => [name, values[key]])),
      ]),
    );
  return {
    connections: each("rps"),
    ratioToNginx: ratio("nginx"),
    ratioToCaddy: ratio("caddy"),
    latencyRatioToNginx: rounded((of(1, "gateway")?.p50Us ?? 0) / (of(1, "nginx")?.p50Us ?? 0)),
    lockTo503Ms: rounded(locks.lockTo503Ms) ?? 0,
    unlockTo200Ms: rounded(locks.unlockTo200Ms) ?? 0,
    held,
    latencyUs: each("p50Us"),
    cpuUs: each("cpuUs"),
    errors: each("errors"),
    worstLock: locks.worst,
    missing,
    upstream,
    loadTool: loadTool(),
    pinned,
  };
}

/** Two decimals; null where one side is missing. */
const rounded = (value: number): number | null =>
  Number.isFinite(value) ? Math.round(value * 100) / 100 : null;
