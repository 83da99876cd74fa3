/** The audit log as a file: JSON lines, or CSV for a spreadsheet. */
import type { AuditView } from "./audit-log.ts";
import { auditWords } from "./audit-words.ts";

const COLUMNS = ["id", "at", "actor kind", "actor id", "actor", "action", "app", "run", "words", "detail"];

export async function* auditFile(
  entries: AsyncIterable<AuditView>,
  format: "jsonl" | "csv",
): AsyncGenerator<string> {
  if (format === "csv") yield line(COLUMNS);
  for await (const entry of entries) {
    const words = auditWords(entry);
    if (format === "jsonl") {
      yield `${JSON.stringify({ ...entry, words })}\n`;
      continue;
    }
    const { id, at, actor, action, app, run, detail } = entry;
    yield line([id, at, actor.kind, actor.id, actor.name, action, app, run, words, JSON.stringify(detail)]);
  }
}

const line = (cells: (string | null)[]): string => `${cells.map((text) => cell(text ?? "")).join(",")}\r\n`;

/** A spreadsheet takes what begins so for a formula; people choose their own names. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
