/** Waits until a slot answers well, as a visitor would see it: by HTTP on its port. */
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type ProcessStatus, Refusal, type SlotSpec } from "#lib/engine/ports.ts";

export interface HealthOptions {
  /** Of the process that is asked. */
  port: number;
  path: string;
  goodAnswers: number;
  timeoutMs: number;
  signal: AbortSignal;
}

interface Watch {
  /** The process that listens. */
  status(): Promise<ProcessStatus | undefined>;
  lastWords(): Promise<string[]>;
}

const ANSWER_MS = 5_000;

/**
 * Resolves after consecutive 2xx. Rejects with Refusal as soon as the process dies, or after `timeoutMs` with the
 * last answer; with the signal's reason when that is aborted.
 */
export async function waitUntilHealthy(spec: SlotSpec, options: HealthOptions, watch: Watch): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  const before = (await watch.status())?.restarts ?? 0;
  let last = "no answer in all that time";
  for (let good = 0; ; ) {
    options.signal.throwIfAborted();
    const status = await watch.status();
    if (status?.state !== "running" || status.restarts > before) throw await died(spec, status, watch);
    if (good >= options.goodAnswers) return;
    const left = deadline - performance.now();
    if (left <= 0) throw await tooLate(spec, options, last, watch);
    const answer = await ask(options.port, options.path, Math.min(ANSWER_MS, left), options.signal);
    good = answer.good ? good + 1 : 0;
    // A question cut short by the deadline says less than the one before.
    if (!answer.cut || left >= ANSWER_MS) last = answer.text;
    await sleep(answer.good ? 20 : 100, undefined, { signal: options.signal });
  }
}

function ask(port: number, path: string, timeoutMs: number, outer: AbortSignal) {
  const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
  return new Promise<{ good: boolean; cut: boolean; text: string }>((resolve) => {
    const fail = (error: NodeJS.ErrnoException) =>
      resolve({
        good: false,
        cut: timeout.aborted,
        text: timeout.aborted ? `no answer within ${Math.ceil(timeoutMs)} ms` : (error.code ?? error.message),
      });
    const request = get({
      host: "127.0.0.1",
      port,
      path,
      agent: false,
      headers: { "user-agent": "signalbox-health" },
      signal: AbortSignal.any([timeout, outer]),
    });
    request.once("error", fail);
    request.once("response", (response) => {
      const status = response.statusCode ?? 0;
      let body = "";
      response.once("error", fail);
      response.on("data", (piece: Buffer) => {
        if (body.length < 200) body += piece.toString("latin1", 0, 200);
      });
      response.once("end", () => {
        const good = status >= 200 && status < 300;
        resolve({ good, cut: false, text: `${status} ${body.slice(0, 200).replace(/\s+/g, " ")}`.trim() });
      });
    });
  });
}

async function died(spec: SlotSpec, seen: ProcessStatus | undefined, watch: Watch): Promise<Refusal> {
  let status = seen;
  // It may be dead and not yet noted.
  for (let looks = 0; status?.state === "backing-off" && !status.lastExit && looks < 25; looks++) {
    await sleep(20);
    status = await watch.status();
  }
  const exit = status?.lastExit;
  const how = exit?.signal
    ? ` with signal ${exit.signal}`
    : exit?.code != null
      ? ` with exit code ${exit.code}`
      : "";
  if (!status || (status.state === "stopped" && !exit)) {
    return new Refusal(
      "not-running",
      `${spec.app} ${spec.slot} is not running.`,
      "Start or deploy it first.",
    );
  }
  return new Refusal(
    "process-exited",
    `The web process of ${spec.app} ${spec.slot} ended${how} before it was healthy.`,
    await withLog("See its log for the reason.", watch),
  );
}

async function tooLate(spec: SlotSpec, options: HealthOptions, last: string, watch: Watch): Promise<Refusal> {
  const waited = Math.round(options.timeoutMs / 100) / 10;
  return new Refusal(
    "not-healthy",
    `${spec.app} ${spec.slot} was not healthy within ${waited} s: GET http://127.0.0.1:${options.port}${options.path} last gave ${last}.`,
    await withLog("Check that it listens on the port in PORT and answers its health path with 2xx.", watch),
  );
}

async function withLog(remedy: string, watch: Watch): Promise<string> {
  const lines = await watch.lastWords().catch(() => []);
  return lines.length > 0 ? `${remedy}\nIts last words:\n${lines.join("\n")}` : `${remedy} Its log is empty.`;
}
