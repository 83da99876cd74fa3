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
import { chance } from "./chance.ts";
import { startDirectWriters } from "./direct-writers.ts";
import type { Field } from "./field.ts";
import { type ModeName, modeOf, resting } from "./mode.ts";
import { startProber } from "./prober.ts";
import type { TortureReport } from "./report.ts";
import { type Intent, performSwitch } from "./switches.ts";
import { findings } from "./verdict.ts";
import { VICTIMS } from "./victims.ts";

/** Longer than any hold lasts by itself: visitors wait, they do not give up. */
const TIMEOUT_MS = 45_000;
/** One switch in so many is struck at a random moment instead of at a boundary. */
const RANDOM_EVERY = 4;
const RANDOM_WITHIN_MS = 2_000;
/** So many switches in a row that nobody disturbed and that don't come through are no accident. */
const PATIENCE = 3;

export interface TortureOptions {
  /** How many switches must come through, at least. */
  swaps: number;
  /** Strike. Without it there is only traffic. */
  kill: boolean;
  /** That many switches and no more: a sample of the matrix instead of all of it. */
  quick: boolean;
  seed: string;
  mode: ModeName;
  /** A recovery that takes too long makes it a failure. Not asked of a machine that does other things. */
  timed: boolean;
  /** Through the gateway, whatever the answers do. */
  rates: { readsPerSecond: number; writesPerSecond: number };
  /** Ends it early. */
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
  };
}

/** Until enough came through and nothing is left to strike at, and the last one was a swap that can be finished. */
async function switches(field: Field, matrix: Matrix, options: TortureOptions): Promise<void> {
  const { api, mode, scratch } = field;
  let through = 0;
  let inVain = 0;
  for (let number = 0; ; number++) {
    options.signal.throwIfAborted();
    const app = await api.app(SHOP.app);
    const direction = app.live === field.first ? "there" : "back";
    const covered = !options.kill || options.quick || (matrix.isDone("there") && matrix.isDone("back"));
    const enough = through >= options.swaps && covered;
    if (enough && (!mode.feeds || resting(app))) return;
    const done = await performSwitch(
      field,
      direction,
      enough || !options.kill
        ? { kind: "none", matrix }
        : intentOf(number, matrix.isDone(direction), matrix, options.seed),
    );
    inVain = done.through || done.struck ? 0 : inVain + 1;
    if (inVain >= PATIENCE)
      throw new Error(`${PATIENCE} switches in a row did not come through by themselves`);
    if (!done.through) continue;
    through += 1;
    await mode.between(api, (slot) =>
      scratch.push({ slot, from: performance.timeOrigin + performance.now(), to: Number.POSITIVE_INFINITY }),
    );
  }
}

function intentOf(number: number, done: boolean, matrix: Matrix, seed: string): Intent {
  if (!done && number % RANDOM_EVERY !== RANDOM_EVERY - 1) return { kind: "cell", matrix };
  const dice = chance(seed, `moment ${number}`);
  const victim = dice.pick(VICTIMS) ?? "engine";
  return { kind: "moment", victim, afterMs: dice.next() * RANDOM_WITHIN_MS };
}
