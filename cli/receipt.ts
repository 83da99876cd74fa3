/** A receipt in lines. */
import type { Receipt, RunView } from "#lib/operations/views.ts";

export function receiptLines({ receipt }: RunView): string[] {
  if (receipt === null) return [];
  const { from, to, fromVersion, toVersion, windowMs, requestsHeld, longestWaitMs, loss } = receipt;
  const lines: string[] = [];
  const place = (slot: string, version: string | null) => (version === null ? slot : `${slot} (${version})`);
  if (from !== null && to !== null) lines.push(`  ${place(from, fromVersion)} → ${place(to, toVersion)}`);
  const { forecastWindowMs } = receipt;
  const forecast = forecastWindowMs === null ? "" : `, forecast ${forecastWindowMs} ms`;
  if (windowMs !== null) lines.push(`  window ${windowMs} ms${forecast}`);
  if (requestsHeld !== null)
    lines.push(`  ${requestsHeld} requests waited, ${longestWaitMs ?? 0} ms at most`);
  if (receipt.dataRows !== null) lines.push(`  ${receipt.dataRows} rows, ${receipt.dataBytes} bytes copied`);
  if (receipt.feed !== null)
    lines.push(`  the last changes took ${Math.round(receipt.feed.ms)} ms, at ${placeOf(receipt.feed)}`);
  if (receipt.lossless === true && windowMs !== null) lines.push("  nothing was left behind");
  if (loss !== null) {
    const rows = `${loss.inserted} inserted, ${loss.changed} changed, ${loss.deleted} deleted`;
    lines.push(`  left behind: ${rows}${loss.exact ? "" : " at least"}`);
  }
  return [...lines, ...receipt.notes.map((text) => `  ${text}`)];
}

const placeOf = ({ positions }: NonNullable<Receipt["feed"]>): string =>
  positions.join(", ") || "no position";
