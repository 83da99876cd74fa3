/** Answers what the web process asks the engine (control.ts). Loopback, with a secret. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { writeWhole } from "#lib/config/atomic-file.ts";
import { type Home, homePaths } from "#lib/config/home.ts";
import { otherSlot, type Verb } from "#lib/engine/model.ts";
import { lookBeforeSwitch, lookBeforeSync } from "#lib/engine/plans/preflight.ts";
import { messageOf } from "#lib/engine/retry.ts";
import { slotRef, type World, type Worlds } from "#lib/engine/world.ts";
import { SECRET_HEADER } from "#lib/gateway/control.ts";
import { identityOf } from "#lib/observability/process-identity.ts";
import type { Store } from "#lib/store/client.ts";
import { readFacts } from "#lib/store/read-facts.ts";
import { checkForAdoption, connectionsOf } from "./adoption-calls.ts";
import { engineCalls, type PreflightAnswer } from "./control.ts";
import { readOutput } from "./job-output.ts";
import { measureWayBack } from "./observe.ts";
import { sendLines } from "./send-lines.ts";

export interface ControlOptions {
  home: Home;
  store: Store;
  worlds: Worlds;
  /** Whether this engine is still the one that works. */
  held(): boolean;
}

const MAX_BODY = 64 * 1024;
const HOST = "127.0.0.1";

/** Listens and announces itself in `<home>/run/engine-<pid>.json`. Returns what takes both back. */
export async function serveControl(options: ControlOptions): Promise<() => Promise<void>> {
  const secret = randomBytes(32).toString("hex");
  const server = createServer((request, response) => {
    answer(options, secret, request, response).catch((error) => {
      if (response.headersSent) response.destroy();
      else send(response, 500, { error: "failed", message: messageOf(error) });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const file = join(homePaths(options.home).run, `engine-${process.pid}.json`);
  const content = {
    id: String(process.pid),
    ...identityOf(process.pid),
    address: { host: HOST, port },
    secret,
  };
  await writeWhole(file, `${JSON.stringify(content)}\n`);
  return async () => {
    await rm(file, { force: true });
    server.closeAllConnections();
    server.close();
  };
}

async function answer(
  options: ControlOptions,
  secret: string,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const given = Buffer.from(String(request.headers[SECRET_HEADER] ?? ""));
  const wanted = Buffer.from(secret);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    return send(response, 401, { error: "secret" });
  const call = request.url?.slice(1);
  if (request.method !== "POST" || !isCall(call)) return send(response, 404, { error: "unknown" });
  const input = engineCalls[call].safeParse(await readJson(request));
  if (!input.success) return send(response, 400, { error: "invalid", message: input.error.message });
  if (call === "working") return send(response, 200, { working: options.held() });
  if (call === "adoptionCheck") {
    const question = engineCalls.adoptionCheck.parse(input.data);
    return send(response, 200, await checkForAdoption(options.worlds.adoption, question));
  }
  if (call === "connection") {
    const question = engineCalls.connection.parse(input.data);
    return send(response, 200, await connectionsOf(options.worlds.adoption, question));
  }
  if (call === "preflight") {
    return send(response, 200, await preflight(options, engineCalls.preflight.parse(input.data)));
  }
  if (call === "jobOutput") {
    const { app, job } = engineCalls.jobOutput.parse(input.data);
    return sendLines(request, response, (signal) => outputOf(options, app, job, signal));
  }
  const asked = engineCalls.logs.parse(input.data);
  return sendLogs(await options.worlds.of(asked.app), asked, request, response);
}

const isCall = (call: string | undefined): call is keyof typeof engineCalls =>
  call !== undefined && Object.hasOwn(engineCalls, call);

async function preflight(
  { store, worlds }: ControlOptions,
  { app, verb, input }: { app: string; verb: Verb; input: Record<string, unknown> },
): Promise<PreflightAnswer> {
  const world = await worlds.of(app);
  const facts = await readFacts(store, app);
  const { live } = facts;
  const nothing = { findings: [], forecast: null, fedForecast: null, wayBack: null };
  if (live === null || (verb !== "swap" && verb !== "rollback" && verb !== "sync")) return nothing;
  const from = live;
  const to = otherSlot(live);
  const { fed } = facts.slots[to];
  const feeding = verb === "sync" ? input.mode !== "snapshot" : fed && input.lossy !== true;
  const copies = verb === "sync" || (verb === "swap" && !feeding);
  const data = feeding ? "fed" : copies ? "copied" : "left";
  const findings =
    verb === "sync"
      ? await lookBeforeSync(world, facts, { from, to, fed: feeding })
      : await lookBeforeSwitch(world, facts, { from, to, data });
  const wayBack =
    verb === "rollback" ? await measureWayBack(store, world, facts, AbortSignal.timeout(12_000)) : null;
  const rows = copies
    ? (await Promise.all(world.data.map((driver) => driver.describe(slotRef(facts, from)))))
        .flatMap(({ tables }) => tables)
        .reduce((sum, table) => sum + Math.max(0, table.rows), 0)
    : 0;
  return {
    findings,
    forecast: copies && facts.forecast ? { ...facts.forecast, dataRows: rows } : null,
    fedForecast: feeding && verb !== "sync" ? facts.fedForecast : null,
    wayBack: wayBack && { ...wayBack, measuredAt: wayBack.measuredAt.toISOString() },
  };
}

/** What a job says, then how it ended. */
async function* outputOf({ home, store }: ControlOptions, app: string, id: string, signal: AbortSignal) {
  const find = () => store.job.findFirst({ where: { id, app: { name: app } } });
  const over = async () => (await find())?.finishedAt !== null;
  for await (const line of readOutput(home, app, id, { over, signal })) yield { line };
  const job = await find();
  if (job?.finishedAt) yield { end: { status: job.status, exitCode: job.exitCode, error: job.error } };
}

async function sendLogs(
  world: World,
  input: { app: string; slot: "blue" | "green"; process?: string; tail: number; follow: boolean },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const ending = new AbortController();
  request.socket.once("close", () => ending.abort());
  response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
  const { app, slot, process, tail, follow } = input;
  // Without `follow`: what is there, and a moment for it to be read.
  const signal = follow ? ending.signal : AbortSignal.any([ending.signal, AbortSignal.timeout(300)]);
  try {
    for await (const line of world.runtime.logs({ app, slot }, { process, tail, signal })) {
      const more = response.write(`${JSON.stringify({ ...line, at: line.at.toISOString() })}\n`);
      if (!more) await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
      if (signal.aborted) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  response.end();
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > MAX_BODY) throw new Error("the question is too long");
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
