/** Puts a gateway together: routes, gate, data plane, control port. */
import { readFileSync } from "node:fs";
import { type Home, homePaths } from "#lib/config/home.ts";
import { LockReader } from "#lib/gate/lock-reader.ts";
import type { RouteTable } from "#lib/gate/routes.ts";
import { TemplateReader } from "#lib/gate/template.ts";
import type { ProcessIdentity } from "#lib/observability/process-identity.ts";
import type { Answer } from "./control.ts";
import { announce, newSecret, withdraw } from "./control-file.ts";
import { controlHandlers, readStats } from "./control-handlers.ts";
import { ControlServer } from "./control-server.ts";
import { DataPlane, type Timeouts } from "./data-plane.ts";
import type { Doorway } from "./doorway.ts";
import { Gatekeeper } from "./gatekeeper.ts";
import { holdLimit } from "./hold-limit.ts";
import { Metrics } from "./metrics.ts";
import { type KeepRoutes, RouteBook } from "./route-book.ts";
import { SlotPools } from "./slot-pools.ts";
import { bindSocket } from "./socket.ts";
import { Traffic } from "./traffic.ts";
import { TrustedProxies } from "./trusted-proxies.ts";
import { type SayFirst, Turns } from "./turns.ts";

export interface GatewayOptions {
  home: Home;
  /** Tells gateways of one home apart: lower-case letters, digits and dashes. */
  id: string;
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Descriptor of a socket that is bound to host and port already and served by others too. */
  socket?: { fd: number };
  /** The process that bound it. */
  keeper?: ProcessIdentity;
  /** Who writes the routes down, when it isn't this gateway. */
  keepRoutes?: KeepRoutes;
  /** Tells the others who waits here first; see turns.ts. */
  sayFirst?: SayFirst;
  /** Newer routes than those on disk. */
  table?: RouteTable;
  dashboardHosts: string[];
  /** Address of the web process, asked for each time because it may move. */
  dashboard: Doorway["dashboard"];
  /** How many requests may wait at once; by default derived from the file-descriptor limit and the memory. */
  holdLimit?: number;
  /** How many held requests are let go at first; see HoldQueue. */
  releaseAtOnce?: number;
  onAnswered?: Doorway["onAnswered"];
  /** Addresses and ranges whose X-Forwarded headers are believed; by default this machine. */
  trustedProxies?: string[];
  timeouts?: Timeouts;
  /** How long a client may stop in the middle of a body. Milliseconds. */
  bodyStallMs?: number;
}

export interface Gateway {
  address: { host: string; port: number };
  control: { host: string; port: number; secret: string };
  routes: RouteBook;
  stats(): Answer<"stats">;
  turns: Turns;
  /** Lets go whoever may go, of one of the lanes that `turns` knows. */
  pump(lane: string): void;
  /**
   * Another serves new connections. Open ones are served to their end, requests that wait included, and the engine
   * reaches this gateway until then.
   */
  retire(): Promise<void>;
  /** Takes no more connections, closes streams, lets requests finish for `graceMs`, and withdraws. */
  stop(graceMs?: number): Promise<void>;
}

const STOP_MS = 10_000;
const BODY_STALL_MS = 60_000;
/** Longer than any window, and than most downloads. */
const RETIRE_MS = 10 * 60_000;

/** Serves as soon as it returns, from the last known routes. Rejects when the address is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { home, id } = options;
  const routes = new RouteBook(homePaths(home).routes, options.dashboardHosts, options.keepRoutes);
  if (options.table) routes.take(options.table);
  const locks = new LockReader(home);
  const traffic = new Traffic();
  const turns = new Turns(options.sayFirst ?? null);
  const gatekeeper = new Gatekeeper({
    turns,
    routes,
    locks,
    traffic,
    holdLimit: options.holdLimit ?? holdLimit(),
    releaseAtOnce: options.releaseAtOnce,
  });
  const pools = new SlotPools();
  const doorway: Doorway = {
    pools,
    templates: new TemplateReader(home),
    trust: new TrustedProxies(options.trustedProxies),
    bodyStallMs: options.bodyStallMs ?? BODY_STALL_MS,
    dashboard: options.dashboard,
    secretKey: secretKeyReader(home),
    closing: false,
    onAnswered: options.onAnswered ?? null,
  };
  const plane = new DataPlane(gatekeeper, doorway, options.timeouts);
  const secret = newSecret();
  const handlers = controlHandlers({ id, routes, locks, traffic, gatekeeper });
  const metrics = new Metrics();
  const control = new ControlServer({
    secret,
    handlers,
    metrics: async () => metrics.render(await handlers.stats({}, AbortSignal.abort())),
  });
  const socket = options.socket ?? (await bindSocket(options.host, options.port)).handle;
  const controlAddress = await control.listen();
  await announce(home, { id, address: controlAddress, secret, keeper: options.keeper });
  const address = await plane.listen(socket).catch(async (error) => {
    withdraw(home, id);
    await control.stop();
    throw error;
  });
  const end = async (graceMs: number, retiring: boolean) => {
    const serving = retiring ? plane.retire(graceMs) : plane.stop(graceMs);
    traffic.closeAllStreams();
    // Who waits at the gate has half of the time; a window is usually much shorter.
    const away = setTimeout(() => gatekeeper.sendAway(), graceMs / 2);
    await serving;
    clearTimeout(away);
    // Until now the engine had to reach what was under way here.
    withdraw(home, id);
    await control.stop();
    await pools.destroy();
  };
  return {
    address,
    control: { ...controlAddress, secret },
    routes,
    turns,
    pump: (lane) => gatekeeper.pumpLane(lane),
    stats: () => readStats({ routes, locks, traffic, gatekeeper }),
    retire: () => end(RETIRE_MS, true),
    stop: (graceMs = STOP_MS) => end(graceMs, false),
  };
}

/** The key may be made after the gateway's first start: looked for until it is there. */
function secretKeyReader(home: Home): () => string | null {
  let key: string | null = null;
  return () => {
    if (key !== null) return key;
    try {
      key = readFileSync(homePaths(home).secretKey, "utf8").trim() || null;
    } catch {
      // Not there yet.
    }
    return key;
  };
}
