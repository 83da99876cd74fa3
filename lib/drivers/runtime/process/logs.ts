/** The log of a slot: one process's or all of them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { LogLine } from "#lib/engine/ports.ts";
import { logFile, type SlotPaths } from "./paths.ts";
import { loggedProcesses } from "./state.ts";
import { LogTail } from "./tail.ts";

const LOOK_MS = 150;

export interface LogOptions {
  process?: string;
  /** Of each process. */
  tail: number;
  follow: boolean;
  signal: AbortSignal;
}

/** Ends when the signal is aborted; reads no faster than its reader takes. */
export async function* slotLogs(paths: SlotPaths, options: LogOptions): AsyncGenerator<LogLine> {
  const { process, signal } = options;
  const tails = new Map<string, LogTail>();
  for (let first = true; ; first = false) {
    for (const name of process === undefined ? await loggedProcesses(paths) : [process]) {
      const known = tails.get(name);
      const tail = known ?? new LogTail(logFile(paths, name), name);
      tails.set(name, tail);
      // A process that appears later is read from its beginning.
      const lines = known || !first ? tail.added() : tail.history(options.tail, !options.follow);
      for await (const line of lines) {
        if (signal.aborted) return;
        yield line;
      }
    }
    if (!options.follow || signal.aborted) return;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
  }
}

/** For messages: the process's last words. */
export async function lastWords(paths: SlotPaths, process: string, count: number): Promise<string[]> {
  const lines: string[] = [];
  const { signal } = new AbortController();
  for await (const { line } of slotLogs(paths, { process, tail: count, follow: false, signal })) {
    lines.push(line);
  }
  return lines;
}
