/** The ledger on disk: one line when a write is begun, one when it is settled, so that a killed harness leaves a record. */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Outcome, Write, WriteRecord } from "./writes.ts";

type Line =
  | { begin: number; at: number; write: Write }
  | { settle: number; at: number; outcome: Outcome; id: string | null }
  | { rolledBack: number[] };

export interface Journal {
  append(line: Line): void;
  close(): void;
}

/** Appends to `file`. Written at once, not buffered: a line is there before its request leaves. */
export function openJournal(file: string): Journal {
  const fd = openSync(file, "a", 0o600);
  return {
    append: (line) => void writeSync(fd, `${JSON.stringify(line)}\n`),
    close: () => closeSync(fd),
  };
}

/** The records of a journal. Writes whose outcome was never written are `pending`; a torn last line is left out. */
export function readJournal(file: string): WriteRecord[] {
  const records = new Map<number, WriteRecord>();
  for (const text of readFileSync(file, "utf8").split("\n")) {
    const line = parseLine(text);
    if (!line) continue;
    if ("begin" in line) {
      records.set(line.begin, {
        seq: line.begin,
        write: line.write,
        begunAt: line.at,
        settledAt: null,
        outcome: "pending",
        id: null,
        rolledBack: false,
      });
    } else if ("settle" in line) {
      const record = records.get(line.settle);
      if (record) Object.assign(record, { settledAt: line.at, outcome: line.outcome, id: line.id });
    } else {
      for (const seq of line.rolledBack) {
        const record = records.get(seq);
        if (record) record.rolledBack = true;
      }
    }
  }
  return [...records.values()];
}

function parseLine(text: string): Line | null {
  if (!text.endsWith("}")) return null;
  try {
    return JSON.parse(text) as Line;
  } catch {
    return null;
  }
}
