/** A visitor who never stops asking for the front page: tells to the millisecond when a door shut or opened. */
import { request } from "undici";
import { now } from "../ledger/ledger.ts";

export interface ProbeAnswer {
  /** Epoch milliseconds. */
  sentAt: number;
  answeredAt: number;
  status: number;
  /** Seconds. */
  retryAfterS: number | null;
}

export interface Probe {
  /** The first answer of a request sent at `since` or later for which `what` holds; rejects after `timeoutMs`. */
  first(since: number, what: (answer: ProbeAnswer) => boolean, timeoutMs: number): Promise<ProbeAnswer>;
  /** All answers of requests sent in the range. */
  between(from: number, to: number): ProbeAnswer[];
  stop(): void;
}

const EVERY_MS = 4;

/** Asks every 4 ms, one request after the other; no answer within 45 s counts as status 0. */
export function startProbe(gatewayPort: number, host: string, path = "/"): Probe {
  const answers: ProbeAnswer[] = [];
  const waiting = new Set<() => void>();
  let stopped = false;
  const ask = async (): Promise<ProbeAnswer> => {
    const sentAt = now();
    try {
      const answer = await request(`http://127.0.0.1:${gatewayPort}${path}`, {
        headers: { host, accept: "text/html" },
        headersTimeout: 45_000,
      });
      await answer.body.dump();
      const retryAfter = Number(answer.headers["retry-after"]);
      const retryAfterS = Number.isFinite(retryAfter) ? retryAfter : null;
      return { sentAt, answeredAt: now(), status: answer.statusCode, retryAfterS };
    } catch {
      return { sentAt, answeredAt: now(), status: 0, retryAfterS: null };
    }
  };
  void (async () => {
    while (!stopped) {
      answers.push(await ask());
      for (const check of waiting) check();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return {
    first: (since, what, timeoutMs) =>
      new Promise((resolve, reject) => {
        const done = () => {
          clearTimeout(timer);
          waiting.delete(check);
        };
        const timer = setTimeout(() => {
          done();
          reject(new Error(`http://${host}${path} was not answered as expected within ${timeoutMs} ms`));
        }, timeoutMs);
        const check = () => {
          const found = answers.find((answer) => answer.sentAt >= since && what(answer));
          if (!found) return;
          done();
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    between: (from, to) => answers.filter(({ sentAt }) => sentAt >= from && sentAt < to),
    stop: () => {
      stopped = true;
    },
  };
}
