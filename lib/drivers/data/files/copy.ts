/** The copy of all folders to the other slot: most of it while the target is open, the rest when it is closed. */
import type { CopyProgress, CopyReport } from "#lib/engine/ports.ts";
import { Refusal } from "#lib/engine/ports.ts";
import { closeFolders, openFolders } from "./closing.ts";
import { newTally, type Tally } from "./mirror.ts";
import type { Pair } from "./pair.ts";
import type { Folder, Place } from "./places.ts";
import { needOf } from "./survey.ts";
import { shown } from "./tree.ts";

const TELL_MS = 200;

export interface CopyFolders {
  folders: Folder[];
  target: Place;
  pair(folder: Folder): Pair;
  /** Source and target. */
  paths(folder: Folder): [string, string];
  carry(
    folder: Folder,
    how: { exact: boolean; signal: AbortSignal; tally: Tally; onProgress(): void },
  ): Promise<boolean>;
  onProgress(progress: CopyProgress): void;
  signal: AbortSignal;
}

/** Each file is whole or as it was whenever this ends; with an error the target is as open as it was before. */
export async function copyFolders(copy: CopyFolders): Promise<CopyReport> {
  const { folders, target, signal } = copy;
  const start = performance.now();
  const wasFenced = target.fenced();
  const tallies = new Map(folders.map((folder) => [folder, newTally()]));
  const progress = new Progress(copy, tallies);
  try {
    signal.throwIfAborted();
    await progress.expect();
    for (const exact of wasFenced ? [true] : [false, true]) {
      if (exact) await closeFolders(target, folders);
      for (const folder of folders) {
        progress.begin(folder);
        const tally = tallies.get(folder)!;
        await copy
          .carry(folder, { exact, signal, tally, onProgress: () => progress.tell() })
          .catch((error) => {
            // What is to go makes room, and goes with the exact part only.
            if (exact || !(error instanceof Refusal)) throw error;
          });
        if (exact) progress.end();
      }
    }
    progress.finish();
  } catch (error) {
    if (!wasFenced) await openFolders(target, folders);
    throw signal.aborted ? abortError(signal) : error;
  }
  const tables = folders.map((folder) => {
    const { files, bytes } = tallies.get(folder)!;
    return { table: folder.name, rows: files, bytes };
  });
  const sum = (key: "rows" | "bytes") => tables.reduce((total, table) => total + table[key], 0);
  return {
    ms: performance.now() - start,
    rows: sum("rows"),
    bytes: sum("bytes"),
    tables,
    notes: folders.flatMap((folder) => leftOutNotes(folder.name, tallies.get(folder)!)),
  };
}

const NAMED = 20;

export function leftOutNotes(name: string, { leftOut }: Tally): string[] {
  const notes = [...leftOut]
    .slice(0, NAMED)
    .map(([rel, why]) => `${name}/${shown(rel)} ${why}; it was left out.`);
  if (leftOut.size > NAMED) notes.push(`${leftOut.size - NAMED} more of ${name} were left out.`);
  return notes;
}

export const summary = ({ files, bytes, removed, leftOut }: Tally) => ({
  files,
  bytes,
  removed,
  leftOut: [...leftOut].slice(0, NAMED).map(([rel, why]) => `${shown(rel)} ${why}`),
});

/** Says what a full disk means. */
export function refuseFull(error: unknown, name: string, slot: string): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
  throw new Refusal(
    "disk-full",
    `There is no room left for ${name} of ${slot}.`,
    "Make room on that disk, then try again; nothing half copied was left.",
    { cause: error },
  );
}

class Progress {
  private readonly copy: CopyFolders;
  private readonly tallies: Map<Folder, Tally>;
  private table = "";
  private done = 0;
  private expected = 0;
  private toldAt = 0;

  constructor(copy: CopyFolders, tallies: Map<Folder, Tally>) {
    this.copy = copy;
    this.tallies = tallies;
  }

  /** Where everything is looked at anyway, what it will be is worth a look before. */
  async expect(): Promise<void> {
    for (const folder of this.copy.folders)
      if (!this.copy.pair(folder).known) this.expected += (await needOf(...this.copy.paths(folder))).bytes;
  }

  begin(folder: Folder): void {
    this.table = folder.name;
  }

  end(): void {
    this.done++;
  }

  tell(): void {
    if (performance.now() - this.toldAt >= TELL_MS) this.send();
  }

  finish(): void {
    this.expected = 0;
    this.send();
  }

  private send(): void {
    this.toldAt = performance.now();
    const sum = (key: "files" | "bytes") =>
      [...this.tallies.values()].reduce((total, tally) => total + tally[key], 0);
    const bytes = sum("bytes");
    this.copy.onProgress({
      table: this.table,
      tablesDone: this.done,
      tablesTotal: this.copy.folders.length,
      rows: sum("files"),
      bytes,
      bytesTotal: Math.max(this.expected, bytes),
    });
  }
}

function abortError(signal: AbortSignal): Error {
  const { reason } = signal;
  if (reason instanceof Error && reason.name === "AbortError") return reason;
  return Object.assign(new Error("aborted", { cause: reason }), { name: "AbortError" });
}
