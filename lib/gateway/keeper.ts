/**
 * Keeps a gateway: binds the socket, starts the workers, writes the routes, hands out the figures. It serves nobody
 * itself, so there is little that could end it; and when it ends all the same, its workers serve on until the next
 * keeper has taken their place.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "#lib/config/atomic-file.ts";
import { type Home, homePaths } from "#lib/config/home.ts";
import { identityOf, isAlive, signalProcess } from "#lib/observability/process-identity.ts";
import { livingGateways } from "./control-file.ts";
import { Crew } from "./crew.ts";
import { serveMetrics } from "./metrics-server.ts";
import { RouteBook } from "./route-book.ts";
import { bindSocket } from "./socket.ts";

export interface KeeperOptions {
  home: Home;
  /** Tells gateways of one home apart; its workers are `<id>-1`, `<id>-2` … */
  id: string;
  host: string;
  /** 0 takes a free one. */
  port: number;
  workers: number;
  /** The file that a worker runs. */
  entry: string;
  dashboardHosts: string[];
  /** Of the figures for Prometheus, on loopback; 0 takes a free one. */
  metricsPort: number;
  /** Take the place of a living keeper of the same id, rather than fail because of it. */
  instead?: boolean;
  say(line: string, details?: object): void;
}

export interface GatewayKeeper {
  address: { host: string; port: number };
  metrics: { host: string; port: number };
  routes: RouteBook;
  /** New workers first, then the old ones retire: no request fails. */
  restart(): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

/** Resolves when all workers serve. Rejects when the port is taken or a worker can't start. */
export async function keepGateway(options: KeeperOptions): Promise<GatewayKeeper> {
  const { home, id, say } = options;
  const workers = () => livingGateways(home).filter((file) => file.id.startsWith(`${id}-`));
  const left = workers().filter(
    ({ keeper }) => keeper !== undefined && (options.instead === true || !isAlive(keeper)),
  );
  const socket = await bindSocket(options.host, options.port, { shared: true, beside: left.length > 0 });
  const routes = new RouteBook(homePaths(home).routes, options.dashboardHosts);
  if (routes.lost) say("the file of the last known routes is damaged; the store must say what is right");
  const crew = new Crew({
    size: options.workers,
    entry: options.entry,
    socketFd: socket.fd,
    cache: homePaths(home).compiled,
    routes,
    freeNumber(taken) {
      const used = new Set([
        ...taken.map((number) => `${id}-${number}`),
        ...workers().map((file) => file.id),
      ]);
      let number = 1;
      while (used.has(`${id}-${number}`)) number += 1;
      return number;
    },
    say,
  });
  await crew.start();
  // Not asked to stop: its workers are to serve what is open to the end.
  for (const { keeper } of left) if (keeper) signalProcess(keeper, "SIGKILL");
  for (const worker of left) {
    say("a worker of an earlier keeper retires", { worker: worker.id });
    signalProcess(worker, "SIGTERM");
  }
  const metrics = await serveMetrics(options.metricsPort, async () => ({
    stats: await crew.stats(),
    workers: crew.pids.length,
  })).catch(async (error) => {
    await crew.stop(0);
    throw error;
  });
  const file = join(homePaths(home).run, `gateway-${id}.json`);
  mkdirSync(homePaths(home).run, { recursive: true, mode: 0o700 });
  const content = { ...identityOf(process.pid), address: socket.address, metrics: metrics.address };
  await writeWhole(file, `${JSON.stringify(content)}\n`);
  let restarting: Promise<void> | null = null;
  return {
    address: socket.address,
    metrics: metrics.address,
    routes,
    restart() {
      restarting ??= crew.replaceAll().finally(() => {
        restarting = null;
      });
      return restarting;
    },
    async stop(graceMs) {
      // What arrives from now on is refused rather than left waiting.
      socket.close();
      await crew.stop(graceMs);
      metrics.stop();
      rmSync(file, { force: true });
    },
  };
}
