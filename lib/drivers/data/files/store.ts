/** What outlives one run's drivers: the watched pairs of every app, and who of us works on them now. */
import type { SlotName } from "#lib/engine/model.ts";
import type { DataDescription } from "#lib/engine/ports.ts";
import { Pair } from "./pair.ts";
import type { Folder, Place } from "./places.ts";
import { Echo } from "./watch.ts";

/** In an engine, once. */
export class FileStore {
  private readonly apps = new Map<string, AppFiles>();

  of(app: string): AppFiles {
    const files = this.apps.get(app) ?? new AppFiles();
    this.apps.set(app, files);
    return files;
  }

  async dispose(): Promise<void> {
    for (const files of this.apps.values()) await files.take(async () => files.close());
    this.apps.clear();
  }
}

export class AppFiles {
  private readonly pairs = new Map<string, Pair>();
  private readonly turns = new Map<SlotName, number>();
  private readonly sizes = new Map<SlotName, { size: DataDescription; until: number }>();
  private readonly lookedAt = new Map<string, number>();
  private ear: Echo | null = null;
  private tail: Promise<unknown> = Promise.resolve();
  private leisure: AbortController | null = null;

  /** For a run: what goes on at leisure stops for it. One at a time. */
  take<T>(work: () => Promise<T>): Promise<T> {
    this.leisure?.abort();
    return this.queue(work);
  }

  /** Between runs: ends, without an error, as soon as a run wants the files. */
  async atLeisure(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.leisure) return;
    const mine = new AbortController();
    this.leisure = mine;
    try {
      await this.queue(async () => {
        if (!mine.signal.aborted) await work(AbortSignal.any([signal, mine.signal]));
      });
    } catch (error) {
      if (!mine.signal.aborted) throw error;
    } finally {
      this.leisure = null;
    }
  }

  pair(folder: Folder, places: Record<SlotName, Place>): Pair {
    let pair = this.pairs.get(folder.name);
    if (!pair) {
      pair = new Pair(folder.name, { blue: places.blue.path(folder), green: places.green.path(folder) });
      this.pairs.set(folder.name, pair);
    }
    return pair;
  }

  /** Each new fence of a slot, and each end of one, is a turn: an older fence has ended with it. */
  newTurn(slot: SlotName): number {
    const turn = this.turn(slot) + 1;
    this.turns.set(slot, turn);
    return turn;
  }

  turn(slot: SlotName): number {
    return this.turns.get(slot) ?? 0;
  }

  /** False when the last yes is younger than `everyMs`. */
  mayLook(name: string, everyMs: number): boolean {
    if (performance.now() - (this.lookedAt.get(name) ?? Number.NEGATIVE_INFINITY) < everyMs) return false;
    this.lookedAt.set(name, performance.now());
    return true;
  }

  /** What was measured lately, or measures. */
  async measured(
    slot: SlotName,
    [rest, minMs, maxMs]: [number, number, number],
    measure: () => Promise<DataDescription>,
  ): Promise<DataDescription> {
    const last = this.sizes.get(slot);
    if (last && performance.now() < last.until) return last.size;
    const start = performance.now();
    const size = await measure();
    const end = performance.now();
    this.sizes.set(slot, { size, until: end + Math.min(maxMs, Math.max(minMs, rest * (end - start))) });
    return size;
  }

  unmeasure(slot: SlotName): void {
    this.sizes.delete(slot);
  }

  /** Null where the kernel gives no watches. */
  echo(place: Place): Echo | null {
    try {
      if (this.ear?.inPlace() === false) {
        this.ear.close();
        this.ear = null;
      }
      this.ear ??= new Echo(place.echo);
    } catch {
      return null;
    }
    return this.ear;
  }

  close(): void {
    for (const pair of this.pairs.values()) pair.close();
    this.pairs.clear();
    this.ear?.close();
    this.ear = null;
  }

  private queue<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.tail.then(work);
    this.tail = mine.catch(() => {});
    return mine;
  }
}
