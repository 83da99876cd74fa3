/** A visitor who keeps knocking, each time on a new connection: tells when the public domain served again. */
import { request } from "node:http";
import { now } from "../ledger/ledger.ts";
import { type Arrivals, arrivals } from "../load/schedule.ts";
import type { Visit } from "./recovery.ts";

const PER_SECOND = 40;
const TIMEOUT_MS = 45_000;

export interface Prober {
  /** Everything asked since the epoch millisecond. */
  since(at: number): Visit[];
  stop(): void;
}

export function startProber(gatewayPort: number, host: string): Prober {
  let visits: Visit[] = [];
  const ask = (due: number) => {
    const visit: Visit = { due, done: null, ending: null };
    visits.push(visit);
    const over = (served: boolean) => {
      visit.done ??= now();
      visit.ending ??= served ? "ok" : "failed";
    };
    const outgoing = request(
      {
        ...{ host: "127.0.0.1", port: gatewayPort, path: "/orders/count", agent: false },
        headers: { host, accept: "application/json" },
        timeout: TIMEOUT_MS,
      },
      (answer) => {
        answer.resume();
        answer.on("end", () => over(answer.statusCode === 200));
        answer.on("error", () => over(false));
      },
    );
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => over(false));
    outgoing.end();
  };
  const asking: Arrivals = arrivals(PER_SECOND, ask, now);
  return {
    since(at) {
      // Nobody asks about what is long over.
      visits = visits.filter(({ done }) => done === null || done >= at - TIMEOUT_MS);
      return visits.filter(({ done }) => done === null || done >= at);
    },
    stop: () => asking.stop(),
  };
}
