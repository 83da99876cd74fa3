/** Keeps one process of one slot as it should be: started, started again when it dies, stopped. */
import { randomBytes } from "node:crypto";
import type { Home } from "#lib/config/home.ts";
import type { SlotRef } from "#lib/engine/model.ts";
import { isAlive, type ProcessIdentity } from "#lib/observability/process-identity.ts";
import { type Kin, members, terminate } from "./group.ts";
import { launch, marker } from "./launch.ts";
import { type SlotPaths, slotPaths } from "./paths.ts";
import type { Secrets } from "./sealed-environment.ts";
import {
  type Actual,
  type Desired,
  type Exit,
  readActual,
  readDesired,
  writeActual,
  writeDesired,
} from "./state.ts";
import { prepareSlot } from "./user.ts";

export interface KeeperOptions {
  home: Home;
  user: "auto" | "same";
  secrets: Secrets;
  backOffMs: { first: number; longest: number; resetAfter: number };
  onProblem(what: string, error: unknown): void;
}

/**
 * Reads the state from disk before each act and looks for what already runs, so that it repeats nothing, whoever
 * acted before. Acts of one keeper never overlap.
 */
export class Keeper {
  readonly #options: KeeperOptions;
  readonly #ref: SlotRef;
  readonly #paths: SlotPaths;
  readonly #process: string;
  #queue: Promise<unknown> = Promise.resolve();
  #watched: ProcessIdentity | null = null;
  /** The watched one is our child: its exit is told, not looked for. */
  #ours = false;
  #exit: Promise<Exit> | null = null;
  #quickDeaths = 0;
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(options: KeeperOptions, ref: SlotRef, process: string) {
    this.#options = options;
    this.#ref = ref;
    this.#paths = slotPaths(options.home, ref);
    this.#process = process;
  }

  /**
   * Running this and nothing else when it resolves. The one that runs already is left alone; with `keep` also one of
   * the same release with other variables.
   */
  start(wanted: Desired, keep = false): Promise<void> {
    return this.#next(async () => {
      clearTimeout(this.#timer);
      const [desired, actual] = await this.#read();
      const same = desired?.want === "running" && desired.fingerprint === wanted.fingerprint;
      if (same && actual && this.#living(actual)) return this.#settle();
      if (keep && desired?.want === "running" && desired.release.id === wanted.release.id)
        return this.#settle();
      this.#quickDeaths = 0;
      await prepareSlot(this.#options.home, this.#ref, this.#options.user);
      await writeDesired(this.#paths, this.#process, wanted);
      await this.#settle(true);
    }).catch((error) => {
      // It is wanted all the same: what hinders it may pass.
      this.#again();
      throw error;
    });
  }

  /** Nothing of it lives when it resolves. */
  stop(graceMs: number): Promise<void> {
    return this.#next(async () => {
      clearTimeout(this.#timer);
      const [desired] = await this.#read();
      if (desired) {
        await writeDesired(this.#paths, this.#process, { ...desired, want: "stopped", graceMs });
      }
      await this.#settle();
    });
  }

  /** Brings about what the disk says: adopts what lives, starts what died, ends what should not be. */
  resume(): Promise<void> {
    return this.#next(() => this.#settle()).catch((error) => this.#later(error));
  }

  /** To be called every now and then: notices the death of an adopted process. */
  look(): void {
    const watched = this.#watched;
    if (watched && !this.#ours && !isAlive(watched)) {
      this.#died(watched, { code: null, signal: null, at: Date.now() });
    }
  }

  /** Processes live on. Resolves when the act under way is done. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    clearTimeout(this.#timer);
    await this.#queue;
  }

  #next(act: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(() => {
      if (this.#disposed) throw new Error("the process runtime was disposed");
      return act();
    });
    this.#queue = result.catch(() => {});
    return result;
  }

  async #read(): Promise<[Desired | null, Actual | null]> {
    return [await readDesired(this.#paths, this.#process), await readActual(this.#paths, this.#process)];
  }

  async #settle(onPurpose = false): Promise<void> {
    const [desired, actual] = await this.#read();
    if (!desired) return;
    const leader = actual && this.#living(actual);
    const kin = { leader, marker: marker(this.#paths, this.#process) };
    if (desired.want === "stopped") {
      const told = this.#ours ? this.#exit : null;
      await terminate(kin, desired.graceMs);
      // Dead already, so its exit is on its way: whoever looks after the stop finds it noted.
      if (told && leader) await this.#record(leader, await told);
      return this.#watch(null, false);
    }
    if (actual && leader && actual.fingerprint === desired.fingerprint) {
      if (actual.pid === null) await writeActual(this.#paths, this.#process, { ...actual, ...leader });
      if (this.#watched?.pid !== leader.pid) this.#watch(leader, false);
      return;
    }
    this.#watch(null, false);
    await terminate(kin, leader ? desired.graceMs : 0);
    await this.#launch(desired, onPurpose || !actual ? null : leader ? actual : counted(actual));
  }

  /** The leader if it lives. A crash between its start and the note of its pid leaves it to be found by its marker. */
  #living({ pid, startTime, instance }: Actual): ProcessIdentity | null {
    if (pid !== null && startTime !== null) return isAlive({ pid, startTime }) ? { pid, startTime } : null;
    const kin: Kin = { leader: null, marker: marker(this.#paths, this.#process, instance) };
    const found = members(kin).find(({ pid, session }) => pid === session);
    return found ? { pid: found.pid, startTime: found.startTime } : null;
  }

  async #launch(desired: Desired, before: Actual | null): Promise<void> {
    const { home, user, secrets } = this.#options;
    const instance = randomBytes(8).toString("hex");
    const actual: Actual = {
      instance,
      fingerprint: desired.fingerprint,
      releaseId: desired.release.id,
      pid: null,
      startTime: null,
      startedAt: Date.now(),
      restarts: before?.restarts ?? 0,
      lastExit: before?.lastExit ?? null,
    };
    await writeActual(this.#paths, this.#process, actual);
    const { leader, exit } = await launch(home, user, secrets, this.#ref, this.#process, instance, desired);
    this.#watch(leader, true);
    this.#exit = exit;
    exit.then((exit) => this.#died(leader, exit));
    await writeActual(this.#paths, this.#process, { ...actual, ...leader });
  }

  #watch(leader: ProcessIdentity | null, ours: boolean): void {
    this.#watched = leader;
    this.#ours = ours;
  }

  #died(who: ProcessIdentity, exit: Exit): void {
    if (this.#watched === who) this.#watch(null, false);
    this.#next(() => this.#record(who, exit)).catch((error) => this.#later(error));
  }

  async #record(who: ProcessIdentity, lastExit: Exit): Promise<void> {
    const [desired, actual] = await this.#read();
    // Another one may run already: what is left of this one is history.
    if (!actual || actual.pid !== who.pid || actual.startTime !== who.startTime) return;
    const byItself = desired?.want === "running";
    const restarts = actual.restarts + (byItself ? 1 : 0);
    await writeActual(this.#paths, this.#process, { ...actual, restarts, lastExit });
    if (!byItself) return;
    // Whatever it left behind must not act on without it, nor hold its port.
    await terminate({ leader: null, marker: marker(this.#paths, this.#process) }, 0);
    const lived = lastExit.at - (actual.startedAt ?? lastExit.at);
    if (lived >= this.#options.backOffMs.resetAfter) this.#quickDeaths = 0;
    this.#again();
  }

  #later(error: unknown): void {
    if (this.#disposed) return;
    this.#options.onProblem(`${this.#process} of ${this.#ref.app} ${this.#ref.slot}`, error);
    this.#again();
  }

  #again(): void {
    if (this.#disposed) return;
    const { first, longest } = this.#options.backOffMs;
    const wait = Math.min(longest, first * 2 ** Math.min(this.#quickDeaths, 20));
    this.#quickDeaths += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.resume(), wait);
    this.#timer.unref();
  }
}

/** With the death that nobody saw, if there was one: a process that was started and neither stopped nor noted. */
function counted(actual: Actual): Actual {
  const noted = actual.lastExit !== null && actual.lastExit.at >= (actual.startedAt ?? 0);
  if (noted || actual.pid === null) return actual;
  return { ...actual, restarts: actual.restarts + 1, lastExit: { code: null, signal: null, at: Date.now() } };
}
