/** Puts a gateway together: routes, gate, data plane, control port. */
import { readFileSync } from "node:fs";
import { type Home, homePaths } from "#lib/config/home.ts";
import { LockReader } from "#lib/gate/lock-reader.ts";
import { TemplateReader } from "#lib/gate/template.ts";
import { announce, newSecret, withdraw } from "./control-file.ts";
import { controlHandlers } from "./control-handlers.ts";
import { ControlServer } from "./control-server.ts";
import { DataPlane } from "./data-plane.ts";
import type { Doorway } from "./doorway.ts";
import { Gatekeeper } from "./gatekeeper.ts";
import { holdLimit } from "./hold-limit.ts";
import { Metrics } from "./metrics.ts";
import { RouteBook } from "./route-book.ts";
import { SlotPools } from "./slot-pools.ts";
import { Traffic } from "./traffic.ts";

export interface GatewayOptions {
  home: Home;
  /** Tells gateways of one home apart: lower-case letters, digits and dashes. */
  id: string;
  host: string;
  /** 0 takes a free one. */
  port: number;
  dashboardHosts: string[];
  /** Address of the web process, asked for each time because it may move. */
  dashboard: Doorway["dashboard"];
  /** How many requests may wait at once; by default derived from the file-descriptor limit and the memory. */
  holdLimit?: number;
  /** How many held requests are let go at first; see HoldQueue. */
  releaseAtOnce?: number;
  onAnswered?: Doorway["onAnswered"];
}

export interface Gateway {
  address: { host: string; port: number };
  control: { host: string; port: number; secret: string };
  routes: RouteBook;
  /** Takes no more connections, closes streams, lets requests finish for `graceMs`, and withdraws. */
  stop(graceMs?: number): Promise<void>;
}

const STOP_MS = 10_000;

/** Serves as soon as it returns, from the last known routes. Rejects when the address is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { home, id } = options;
  const routes = new RouteBook(homePaths(home).routes, options.dashboardHosts);
  const locks = new LockReader(home);
  const traffic = new Traffic();
  const gatekeeper = new Gatekeeper({
    routes,
    locks,
    traffic,
    holdLimit: options.holdLimit ?? holdLimit(),
    releaseAtOnce: options.releaseAtOnce,
  });
  const pools = new SlotPools();
  const plane = new DataPlane(gatekeeper, {
    pools,
    templates: new TemplateReader(home),
    dashboard: options.dashboard,
    secretKey: secretKeyReader(home),
    closing: false,
    onAnswered: options.onAnswered ?? null,
  });
  const secret = newSecret();
  const handlers = controlHandlers({ id, routes, locks, traffic, gatekeeper });
  const metrics = new Metrics();
  const control = new ControlServer({
    secret,
    handlers,
    metrics: async () => metrics.render(await handlers.stats({}, AbortSignal.abort())),
  });
  const address = await plane.listen(options.host, options.port);
  const controlAddress = await control.listen();
  await announce(home, id, controlAddress, secret);
  return {
    address,
    control: { ...controlAddress, secret },
    routes,
    async stop(graceMs = STOP_MS) {
      withdraw(home, id);
      traffic.closeAllStreams();
      // Who waits at the gate has half of the time; a window is usually much shorter.
      const away = setTimeout(() => gatekeeper.sendAway(), graceMs / 2);
      await plane.stop(graceMs);
      clearTimeout(away);
      await control.stop();
      await pools.destroy();
    },
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
