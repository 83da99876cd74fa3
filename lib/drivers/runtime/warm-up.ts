/** Asks a process for pages before visitors do, so that what it fills at first use is full. */
import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { isIP } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { WarmedPath } from "#lib/engine/ports.ts";

export interface Warming {
  paths: string[];
  /** Of the Host header; null: the address's own. */
  host: string | null;
  /** So many ask for each path at once, for one round; default: one by one, until it is warm. */
  atOnce?: number;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Good rounds in a row that it takes at least. */
const ENOUGH = 2;
/** What is asked for often becomes faster still, so it goes on: for so many rounds, but not for longer than this. */
const MOST_ROUNDS = 50;
const GOING_ON_MS = 1_000;
const AFTER_BAD_MS = 100;

type Answer = { status: number; ms: number } | { why: string };

/** Rejects on `signal` only. */
export async function warmUp(origin: string, warming: Warming): Promise<WarmedPath[]> {
  const { signal, atOnce } = warming;
  const late = AbortSignal.timeout(warming.timeoutMs);
  const limit = AbortSignal.any([signal, late]);
  const warmed = warming.paths.map(untried);
  if (atOnce === undefined) await untilWarm(origin, warmed, warming, late, limit);
  else await askWide(origin, warmed, warming, limit);
  return warmed;
}

/** One path after the other: a process that is cold is not to be hit by all at once. */
async function untilWarm(
  origin: string,
  warmed: WarmedPath[],
  { host, signal }: Warming,
  late: AbortSignal,
  limit: AbortSignal,
): Promise<void> {
  let enoughAt = Number.POSITIVE_INFINITY;
  const goesOn = (rounds: number) => rounds < MOST_ROUNDS && performance.now() - enoughAt < GOING_ON_MS;
  for (let goodRounds = 0; (goodRounds < ENOUGH || goesOn(goodRounds)) && !late.aborted; ) {
    let good = true;
    for (const each of warmed) {
      const answer = await get(origin, each.path, host, limit);
      signal.throwIfAborted();
      note(each, answer);
      if (!("status" in answer) || answer.status >= 500) good = false;
      if (late.aborted) break;
    }
    goodRounds = good ? goodRounds + 1 : 0;
    if (goodRounds === ENOUGH) enoughAt = Math.min(enoughAt, performance.now());
    if (!good) await sleep(AFTER_BAD_MS, undefined, { signal: limit }).catch(() => {});
    signal.throwIfAborted();
  }
}

/** What opens at the first crowd, such as the connections of a pool, opens now. */
async function askWide(
  origin: string,
  warmed: WarmedPath[],
  { host, atOnce, signal }: Warming,
  limit: AbortSignal,
): Promise<void> {
  for (const each of warmed) {
    const ask = async () => note(each, await get(origin, each.path, host, limit));
    await Promise.all(Array.from({ length: atOnce! }, ask));
    signal.throwIfAborted();
  }
}

const untried = (path: string): WarmedPath => ({
  path,
  good: 0,
  bad: 0,
  firstMs: null,
  lastMs: null,
  status: null,
  why: "there was no time left to ask for it",
});

function note(warmed: WarmedPath, answer: Answer): void {
  if ("why" in answer) {
    warmed.why = answer.why;
    return;
  }
  if (answer.status < 500) warmed.good += 1;
  else warmed.bad += 1;
  warmed.firstMs ??= answer.ms;
  warmed.lastMs = answer.ms;
  warmed.status = answer.status;
  warmed.why = null;
}

/** To the end of the body: a page that streams is warm when all of it was made. */
function get(origin: string, path: string, host: string | null, signal: AbortSignal): Promise<Answer> {
  const started = performance.now();
  const { protocol, hostname, port } = new URL(origin);
  const address = hostname.replace(/^\[|\]$/g, "");
  const options = {
    host: address,
    port: port || undefined,
    path,
    agent: false,
    signal,
    headers: { ...(host === null ? {} : { host }), "user-agent": "signalbox-warm-up", accept: "*/*" },
  };
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) =>
      resolve({ why: signal.aborted ? "no answer in time" : (error.code ?? error.message) });
    // Its certificate is for its address, not for the host that visitors ask for.
    const request =
      protocol === "https:"
        ? requestSecure({ ...options, servername: isIP(address) === 0 ? address : "" })
        : requestPlain(options);
    request.once("error", fail);
    request.once("response", (response) => {
      response.resume();
      response.once("error", fail);
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, ms: performance.now() - started }),
      );
    });
    request.end();
  });
}
