/**
 * Alternating switches under acknowledged writers, with somebody dying at every boundary of every step. Judged by what
 * visitors were answered, by what writers at the databases' own doors were acknowledged, and by what can be read back.
 */
import { join } from "node:path";
import { livingGateways } from "#lib/gateway/control-file.ts";
import { openApi } from "../day/api.ts";
import type { Installation } from "../day/installation.ts";
import { mintKeys } from "../day/keys.ts";
import { assembleReleases, deploy, ensureLive, SHOP } from "../day/shop.ts";
import { Ledger } from "../ledger/ledger.ts";
import { startLoad } from "../load/load.ts";
import { assess } from "./assess.ts";
import { Matrix } from "./cells.ts";
import { Course, type CourseOptions } from "./course.ts";
import { startDirectWriters } from "./direct-writers.ts";
import type { Field } from "./field.ts";
import { type ModeName, modeOf, resting } from "./mode.ts";
import { startProber } from "./prober.ts";
import type { TortureReport } from "./report.ts";
import { performSwitch } from "./switches.ts";
import { findings } from "./verdict.ts";

/** Longer than any hold lasts by itself: visitors wait, they do not give up. */
const TIMEOUT_MS = 45_000;
/** So many switches in a row that nobody disturbed and that don't come through are no accident. */
const PATIENCE = 5;

export interface TortureOptions extends CourseOptions {
  mode: ModeName;
  /** A recovery that takes too long makes it a failure. Not asked of a machine that does other things. */
  timed: boolean;
  /** Through the gateway, whatever the answers do. */
  rates: { readsPerSecond: number; writesPerSecond: number };
  /** Ends it after the switch that is under way, and what was played is judged. */
  enough: AbortSignal;
  /** Ends it at once. */
  signal: AbortSignal;
  say(line: string): void;
}

export interface Torture {
  report: TortureReport;
  matrix: Matrix;
}

/** Plays it on an installation that is up, and ends its own traffic. Rejects only if it could not begin. */
export async function torture(installation: Installation, options: TortureOptions): Promise<Torture> {
  const matrix = new Matrix(options.seed);
  const wrong: string[] = [];
  const note = (what: string) => {
    wrong.push(what);
    // Whoever ends it early knows why things fail from then on.
    if (!options.signal.aborted) options.say(`WRONG: ${what}`);
  };
  const field = await setUp(installation, options, note);
  const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
  await switches(field, matrix, options).catch((error) => note(messageOf(error)));
  const found = await findings(field).catch((error) => {
    note(`what is there can't be read: ${messageOf(error)}`);
    return null;
  });
  field.prober.stop();
  await Promise.all([field.load.stop(), field.writers.stop()]);
  field.ledger.close();
  return { report: assess({ field, matrix, found, wrong }, options), matrix };
}

async function setUp(
  installation: Installation,
  { mode: modeName, rates, signal, say }: TortureOptions,
  wrong: Field["wrong"],
): Promise<Field> {
  const { home, gatewayPort } = installation;
  const { apiToken } = await mintKeys(installation, "torture");
  const api = openApi(gatewayPort, apiToken);
  const mode = modeOf(modeName);
  const releases = await assembleReleases(join(home.dir, "shop"));
  const { live, idle } = await ensureLive(api, releases, say);
  if (live === null) throw new Error("nothing is live");
  say("deploying shop 1.1.0 to the idle slot");
  await deploy(api, releases["1.1.0"]);
  await mode.prepare(api);
  const ledger = new Ledger({ file: join(home.dir, "logs", "ledger.jsonl") });
  const visited = { gatewayPort, host: SHOP.publicHost };
  return {
    ...{ installation, api, mode, ledger, signal, say, wrong },
    load: startLoad({ ...visited, ...rates, timeoutMs: TIMEOUT_MS, ledger }),
    prober: startProber(gatewayPort, SHOP.publicHost),
    writers: await startDirectWriters(home),
    first: live,
    workers: livingGateways(home).length,
    switches: [],
    scratch: mode.scratch
      ? [{ slot: idle, from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }]
      : [],
    blows: [],
    shadows: [],
    toldUntil: 0,
  };
}

/** Until enough came through and nothing is left to strike at, and the last one was a swap that can be finished. */
async function switches(field: Field, matrix: Matrix, options: TortureOptions): Promise<void> {
  const { api, mode, scratch } = field;
  const course = new Course(options, matrix);
  let inVain = 0;
  for (;;) {
    options.signal.throwIfAborted();
    if (options.enough.aborted) course.end();
    const app = await api.app(SHOP.app);
    if (course.isOver && (!mode.feeds || resting(app))) return;
    const direction = app.live === field.first ? "there" : "back";
    const done = await performSwitch(field, direction, course.next(direction));
    inVain = done.through || done.struck ? 0 : inVain + 1;
    if (inVain >= PATIENCE)
      throw new Error(`${PATIENCE} switches in a row did not come through by themselves`);
    if (!done.through) continue;
    course.cameThrough();
    await mode.between(api, (slot) =>
      scratch.push({ slot, from: performance.timeOrigin + performance.now(), to: Number.POSITIVE_INFINITY }),
    );
  }
}
