import type { ReceiptEntry } from "#lib/operations/views.ts";
import { counted, duration } from "../ui/figures.ts";

/** The chart in words. `receipts`: newest first. */
export function describeTrend(receipts: ReceiptEntry[]): string {
  const windows = receipts.map(({ receipt }) => receipt.windowMs).filter((value) => value !== null);
  const last = windows[0];
  if (last === undefined) return "Windows: none measured yet.";
  const middle = windows.toSorted((a, b) => a - b)[Math.floor((windows.length - 1) / 2)]!;
  return `Windows of ${counted(windows.length, "switch", "switches")}: last ${duration(last)}, median ${duration(middle)}, longest ${duration(Math.max(...windows))}.`;
}
