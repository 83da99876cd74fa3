/** What `npm run bench -- gateway` found. */
import type { Held } from "./held.ts";

type PerPeer = Record<string, Record<string, number>>;

export interface GatewayReport {
  /** Requests per second by number of connections. `gatewayAllCores` is not pinned. */
  connections: PerPeer;
  /** At 64 connections, one core each; null without the other one. */
  ratioToNginx: number | null;
  ratioToCaddy: number | null;
  /** Of the median at one connection, upstream included. */
  latencyRatioToNginx: number | null;
  lockTo503Ms: number;
  unlockTo200Ms: number;
  held: Held;
  /** Medians, microseconds. */
  latencyUs: PerPeer;
  /** CPU time of the proxy for one request, microseconds: what a busy machine distorts least. */
  cpuUs: PerPeer;
  errors: PerPeer;
  worstLock: { lockTo503Ms: number; unlockTo200Ms: number };
  /** Who could not be measured, and why. */
  missing: Record<string, string>;
  upstream: "nginx" | "node";
  loadTool: "wrk" | "undici";
  /** Whether every proxy had one core, and who asks and answers the other one. */
  pinned: boolean;
}

export function printReport(report: GatewayReport): void {
  const names = Object.keys(report.connections["64"] ?? {});
  const lines = [
    ["", "requests/s at 64", "at 1", "median at 1", "CPU per request"],
    ...names.map((name) => [
      name,
      String(report.connections["64"]?.[name]),
      String(report.connections["1"]?.[name]),
      `${report.latencyUs["1"]?.[name]} µs`,
      `${report.cpuUs["64"]?.[name] || "–"} µs`,
    ]),
  ];
  for (const [name = "", ...cells] of lines) {
    console.log(name.padEnd(18) + cells.map((cell) => cell.padStart(18)).join(""));
  }
  const { held } = report;
  console.log(`
to nginx: ${report.ratioToNginx} of its requests, ${report.latencyRatioToNginx} times its median
to Caddy: ${report.ratioToCaddy} of its requests
touch to 503: ${report.lockTo503Ms} ms, rm to 200: ${report.unlockTo200Ms} ms
held: ${held.count} in ${held.rssMb} MB (${held.pssMb} MB without what is shared), ${held.errors} errors,
  let go in ${held.releaseMs} ms through ${held.workers} workers, ${held.displaced.mean} places out of order on average`);
}
