/** Which ports an installation uses: chosen once, kept in the home. */
import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { writeWhole } from "./atomic-file.ts";
import { type Home, homePaths } from "./home.ts";
import { type Ports, portsSchema } from "./open-home.ts";

const DEFAULT_GATEWAY = 8080;
/** Internal ports lie below the range that outgoing connections take theirs from (32768 on). */
const INTERNAL = { from: 10_000, to: 20_000 };
const SLOTS = { from: 20_000, to: 32_000, each: 100 };

/** The port that people use is taken by another program. Says which, and how to choose another. */
export class GatewayPortTaken extends Error {
  override name = "GatewayPortTaken";
}

/** What still runs of an earlier supervisor, and where: those ports count as ours, not as taken. */
export type PortsInUse = Partial<Record<"gateway" | "web" | "store" | "data", number>>;

/**
 * Settles all ports and writes them down. An internal port that a stranger took is chosen anew. The gateway's is
 * never changed silently: rejects with GatewayPortTaken. `wanted` is SIGNALBOX_PORT; null keeps the home's.
 */
export async function settlePorts(
  home: Home,
  options: { wanted: number | null; host: string; inUse: PortsInUse },
): Promise<Ports> {
  const file = homePaths(home).ports;
  const known = await readKnown(file);
  const gateway = options.wanted ?? known?.gateway ?? DEFAULT_GATEWAY;
  if (options.inUse.gateway !== gateway && !(await isFree(gateway, options.host))) {
    throw new GatewayPortTaken(
      `port ${gateway} on ${options.host} is taken by another program. Stop that one, or choose another port: ` +
        "npm start -- --port N, or SIGNALBOX_PORT in .env",
    );
  }
  const taken = new Set([gateway]);
  const internal = async (name: "web" | "store" | "data") => {
    const port = await settleInternal(options.inUse[name], known?.[name], taken);
    taken.add(port);
    return port;
  };
  const ports: Ports = {
    gateway,
    web: await internal("web"),
    store: await internal("store"),
    data: await internal("data"),
    // Slots have their own ports in the store once they exist, so the base is never moved.
    slotBase: known?.slotBase ?? randomBlock(),
  };
  const text = `${JSON.stringify(ports, null, 2)}\n`;
  if (text !== (await readFile(file, "utf8").catch(() => ""))) await writeWhole(file, text);
  return ports;
}

async function settleInternal(
  inUse: number | undefined,
  known: number | undefined,
  taken: Set<number>,
): Promise<number> {
  if (inUse !== undefined) return inUse;
  if (known !== undefined && !taken.has(known) && (await isFree(known, "127.0.0.1"))) return known;
  for (;;) {
    const port = randomInt(INTERNAL.from, INTERNAL.to);
    if (!taken.has(port) && (await isFree(port, "127.0.0.1"))) return port;
  }
}

const randomBlock = () =>
  SLOTS.from + randomInt(Math.floor((SLOTS.to - SLOTS.from) / SLOTS.each)) * SLOTS.each;

/** A file that is missing or damaged counts as none: ports are choices, not data. */
async function readKnown(file: string): Promise<Ports | null> {
  try {
    return portsSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return null;
  }
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
