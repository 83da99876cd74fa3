import type { EventView } from "#lib/operations/views.ts";
import { bytes, count } from "../ui/figures.ts";
import { stepTitle } from "./run-words.ts";

/** A run's event as one line. What it doesn't know it shows as it came. */
export function eventText({ type, data }: EventView): string {
  const text = (key: string) => (typeof data[key] === "string" ? data[key] : null);
  const number = (key: string) => (typeof data[key] === "number" ? data[key] : null);
  if (type === "log") return text("line") ?? "";
  if (type === "requested") return `Asked for by ${text("by") ?? "somebody"}`;
  if (type === "planned" && Array.isArray(data.steps)) return `${data.steps.length} steps`;
  if (type === "progress") {
    const items = number("rows") ?? number("files");
    const parts = [
      text("table"),
      items !== null && `${count(items)} ${data.store === "files" ? "files" : "rows"}`,
      number("bytes") !== null &&
        `${bytes(number("bytes")!)}${number("bytesTotal") ? ` of ${bytes(number("bytesTotal")!)}` : ""}`,
      number("tablesTotal") !== null && `${number("tablesDone") ?? 0} of ${number("tablesTotal")} tables`,
    ].filter(Boolean);
    if (parts.length > 0) return parts.join(", ");
  }
  const subject = text("step") ?? text("name");
  const rest = text("error") ?? text("reason") ?? text("status");
  if (subject || rest) return [subject && stepTitle(subject), rest].filter(Boolean).join(": ");
  return Object.keys(data).length === 0 ? "" : JSON.stringify(data);
}

/** How far a copy is, of the newest progress event; null when none tells it. */
export function progressShare(events: EventView[]): number | null {
  const last = events.findLast((event) => event.type === "progress");
  const { bytes: done, bytesTotal: all } = last?.data ?? {};
  return typeof done === "number" && typeof all === "number" && all > 0 ? Math.min(1, done / all) : null;
}
