/**
 * Traffic on the example shop as a process of its own: `node bench/load/main.ts --port 8080 --host shop.localhost`.
 * Stops on SIGINT and SIGTERM and when its parent is gone; the last line on standard output is its report, with
 * `--verify` together with what the ledger found in the data. `--forget` keeps no record, for running for days;
 * `--samples FILE` writes every request down at the end. A parent with an IPC channel can send `{slowMs}`.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Ledger } from "../ledger/ledger.ts";
import { httpReader } from "../ledger/reader.ts";
import { verify } from "../ledger/verify.ts";
import { startLoad } from "./load.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    host: { type: "string", default: "shop.localhost" },
    reads: { type: "string", default: "200" },
    writes: { type: "string", default: "20" },
    seconds: { type: "string" },
    ledger: { type: "string" },
    samples: { type: "string" },
    timeout: { type: "string", default: "15000" },
    connections: { type: "string", default: "1024" },
    counts: { type: "boolean", default: true },
    forget: { type: "boolean", default: false },
    verify: { type: "boolean", default: false },
  },
  allowNegative: true,
});

const port = Number(values.port);
if (!Number.isInteger(port) || port < 1) {
  console.error("Say where the gateway is: --port N");
  process.exit(2);
}
const ledger = new Ledger({ file: values.ledger, forget: values.forget });
const load = startLoad({
  gatewayPort: port,
  host: values.host,
  readsPerSecond: Number(values.reads),
  writesPerSecond: Number(values.writes),
  timeoutMs: Number(values.timeout),
  connections: Number(values.connections),
  counts: values.counts,
  ledger,
});
const [began, cpuBefore] = [performance.now(), process.cpuUsage()];
process.on("message", (message: { slowMs: number }) => load.slowUpload(message.slowMs));

const parent = process.ppid;
const orphaned = setInterval(() => {
  if (process.ppid !== parent) void finish();
}, 500);
const timer = values.seconds ? setTimeout(() => void finish(), Number(values.seconds) * 1_000) : undefined;
let finishing = false;

async function finish(): Promise<void> {
  if (finishing) return;
  finishing = true;
  clearInterval(orphaned);
  clearTimeout(timer);
  await load.stop();
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuShare = (user + system) / 1_000 / (performance.now() - began);
  const report = load.report();
  ledger.close();
  if (values.samples) writeFileSync(values.samples, JSON.stringify(load.samples.all()));
  const verdict = values.verify
    ? verify(ledger.records, await httpReader({ port, host: values.host })(), ledger.prefix)
    : undefined;
  console.log(
    JSON.stringify({ ...report, cpuShare, prefix: ledger.prefix, ...(verdict ? { verdict } : {}) }),
  );
  if (process.connected) process.disconnect();
}
process.on("SIGINT", () => void finish());
process.on("SIGTERM", () => void finish());
