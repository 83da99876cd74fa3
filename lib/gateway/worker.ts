/** One worker of a gateway: serves from the keeper's socket, and goes on serving when the keeper has died. */
import { flushCompileCache } from "node:module";
import type { RouteTable } from "#lib/gate/routes.ts";
import { isAnnounced } from "./control-file.ts";
import type { ToKeeper, ToWorker } from "./crew-messages.ts";
import { type Gateway, type GatewayOptions, startGateway } from "./gateway.ts";

/** Where the keeper puts the socket: the first descriptor after the standard ones. */
export const SOCKET_FD = 3;
/** How often one without a keeper looks whether its home is still there. */
const LOOK_MS = 1_000;

export type WorkerOptions = Omit<GatewayOptions, "socket" | "keepRoutes" | "sayFirst" | "table">;

/** Serves until it is told to end. Rejects when it can't begin. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  // A keeper that has just been killed is noticed by the end of the channel; what is sent until then must not throw.
  const say = (message: ToKeeper) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  };
  const ended = Promise.withResolvers<void>();
  const kept = new Map<number, { resolve(kept: boolean): void; reject(error: Error): void }>();
  const first = Promise.withResolvers<RouteTable>();
  let gateway: Gateway | null = null;
  let serial = 0;

  const end = (ending: Promise<void>) =>
    ending.then(() => {
      if (gateway) say({ say: "done", stats: gateway.stats() });
      ended.resolve();
    }, ended.reject);
  const retire = () => {
    if (gateway) end(gateway.retire());
    else ended.resolve();
  };

  process.on("message", (message: ToWorker) => {
    if (message.tell === "routes") {
      first.resolve(message.table);
      gateway?.routes.take(message.table);
      say({ say: "has", serial: message.serial });
    } else if (message.tell === "count") {
      if (gateway) say({ say: "counts", serial: message.serial, stats: gateway.stats() });
    } else if (message.tell === "kept") {
      const waiting = kept.get(message.serial);
      kept.delete(message.serial);
      if (message.error === null) waiting?.resolve(true);
      else waiting?.reject(new Error(message.error));
    } else if (message.tell === "until") {
      gateway?.turns.moved(message.lane, message.until);
      gateway?.pump(message.lane);
    } else if (message.tell === "retire") {
      retire();
    } else if (gateway) {
      end(gateway.stop(message.graceMs));
    } else {
      ended.resolve();
    }
  });
  process.once("disconnect", () => {
    for (const { resolve } of kept.values()) resolve(false);
    kept.clear();
    if (gateway === null) return ended.resolve();
    gateway.turns.alone();
    // Visitors are served on; the next keeper takes over. Without a home there is none to come.
    setInterval(() => {
      if (!isAnnounced(options.home, options.id)) ended.resolve();
    }, LOOK_MS).unref();
  });
  // The keeper decides; a terminal's Ctrl-C reaches everybody.
  process.on("SIGINT", () => {});
  process.once("SIGTERM", () => {
    say({ say: "retiring" });
    retire();
  });

  say({ say: "hello" });
  const started = first.promise.then(async (table) => {
    gateway = await startGateway({
      ...options,
      socket: { fd: SOCKET_FD },
      table,
      sayFirst: (lane, cameAt) => say({ say: "first", lane, cameAt }),
      keepRoutes: (routes) => {
        if (!process.connected) return Promise.resolve(false);
        serial += 1;
        const waiting = Promise.withResolvers<boolean>();
        kept.set(serial, waiting);
        say({ say: "keep", serial, routes });
        return waiting.promise;
      },
    });
    say({ say: "serving" });
    // A process that is killed would leave nothing for the next one.
    flushCompileCache();
  });
  started.catch(ended.reject);
  await ended.promise;
}
