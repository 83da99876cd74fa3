/** Many visitors wait at the gate at once and are let go: what it takes in memory, and whether all are served. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { call } from "#lib/gateway/call.ts";
import { createGateways } from "#lib/gateway/client.ts";
import { livingGateways } from "#lib/gateway/control-file.ts";
import type { Programs } from "./programs.ts";
import { HOST, pidsOf, type Signalbox, startSignalbox } from "./signalbox.ts";

export interface Held {
  /** How many waited at once. */
  count: number;
  /** Of all of the gateway's processes together, at its highest. */
  rssMb: number;
  /** The same without counting twice what they share. */
  pssMb: number;
  errors: number;
  releaseMs: number;
  /** By how many places a request reached the app earlier or later than it had come, on average, and at most. */
  displaced: { mean: number; most: number };
  workers: number;
}

const HOLD_MS = 120_000;
const AT_ONCE = 200;

export async function holdMany(programs: Programs, dir: string, wanted: number): Promise<Held> {
  const order: number[] = [];
  const app = createServer((req, res) => {
    order.push(Number(req.url!.slice(1)));
    res.end("ok");
  });
  app.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => app.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, resolve));
  const upstreamPort = (app.address() as AddressInfo).port;
  const signalbox = await startSignalbox({ programs, dir, upstreamPort }, { workers: null, core: "any" });
  const { home, port } = signalbox;
  order.length = 0;
  const gateways = createGateways({ home, timeoutMs: 10_000 });
  const now = Date.now();
  const run = { app: "shop", runId: "bench", token: 1 };
  await gateways.hold({ ...run, holdUntil: now + HOLD_MS, expiresAt: now + HOLD_MS + 1_000 });
  const watch = watchMemory(signalbox);
  const answers: Promise<boolean>[] = [];
  // In batches, each at the gate before the next is sent, so that there is an order to keep.
  while (answers.length < wanted) {
    const batch = Math.min(AT_ONCE, wanted - answers.length);
    for (let more = 0; more < batch; more += 1) answers.push(visit(port, answers.length));
    if (!(await untilWaiting(signalbox, answers.length))) break;
  }
  const count = await waiting(signalbox);
  const began = performance.now();
  const released = gateways.release("shop", "bench", 1).catch(() => null);
  const served = await Promise.all(answers);
  const releaseMs = performance.now() - began;
  await released;
  const workers = livingGateways(home).length;
  const memory = watch.stop();
  await programs.stop(signalbox.started);
  app.closeAllConnections();
  app.close();
  const away = order.map((arrival, place) => Math.abs(arrival - place));
  return {
    count,
    ...memory,
    errors: served.filter((ok) => !ok).length,
    releaseMs: Math.round(releaseMs),
    displaced: {
      mean: Math.round(away.reduce((sum, places) => sum + places, 0) / Math.max(1, away.length)),
      most: away.reduce((most, places) => Math.max(most, places), 0),
    },
    workers,
  };
}

/** A bare socket: ten thousand of Node's own requests would measure this process. Resolves with whether it was 200. */
function visit(port: number, number: number): Promise<boolean> {
  return new Promise((resolve) => {
    let head = "";
    const socket = connect({ host: "127.0.0.1", port });
    socket.setEncoding("latin1");
    socket.on("connect", () =>
      socket.write(`GET /${number} HTTP/1.1\r\nhost: ${HOST}\r\nconnection: close\r\n\r\n`),
    );
    socket.on("data", (chunk: string) => {
      head += chunk;
    });
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(head.startsWith("HTTP/1.1 200 ")));
  });
}

async function waiting({ home }: Signalbox): Promise<number> {
  const all = await Promise.all(
    livingGateways(home).map((one) => call(one, "stats", {}, { timeoutMs: 10_000 })),
  );
  return all.flatMap(({ gates }) => gates).reduce((sum, gate) => sum + gate.waiting, 0);
}

/** False when it stays below for so long that no more will come: the hold is full. */
async function untilWaiting(signalbox: Signalbox, count: number): Promise<boolean> {
  const deadline = performance.now() + 5_000;
  while ((await waiting(signalbox)) < count) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return true;
}

function watchMemory(signalbox: Signalbox) {
  const highest = { rssMb: 0, pssMb: 0 };
  const look = () => {
    let [rss, pss] = [0, 0];
    for (const pid of pidsOf(signalbox)) {
      const [ownRss, ownPss] = memoryOf(pid);
      rss += ownRss;
      pss += ownPss;
    }
    highest.rssMb = Math.max(highest.rssMb, Math.round(rss / 1_024));
    highest.pssMb = Math.max(highest.pssMb, Math.round(pss / 1_024));
  };
  const timer = setInterval(look, 200);
  return {
    stop() {
      clearInterval(timer);
      look();
      return highest;
    },
  };
}

/** Kilobytes: resident, and resident with what is shared divided among those who share it. */
function memoryOf(pid: number): [number, number] {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
    return [of("Rss"), of("Pss")];
  } catch {
    return [0, 0];
  }
}
