/** What a window costs beside the copy (hold, drain, fence, commit, route) when no swap has measured it yet. */
const UNMEASURED_MS = 300;

export interface LastCopy {
  bytes: number;
  ms: number;
  /** What the last swap's window took beside its copy; null before the first. Milliseconds. */
  fixedMs: number | null;
}

export interface FedForecast {
  windowMs: number;
  /** How many earlier switches it is the median of. */
  switches: number;
}

/** From the windows of an app's last switches by a feed, milliseconds. Null without one: there is no ground then. */
export function forecastFed(windows: number[]): FedForecast | null {
  if (windows.length === 0) return null;
  const sorted = [...windows].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!];
  return { windowMs: Math.round((low + high) / 2), switches: windows.length };
}

/** How long a window will take when the data is copied inside it, from the last copy's speed. Null without one. */
export function forecastWindow(lastCopy: LastCopy | null, dataBytes: number | null) {
  if (lastCopy === null || dataBytes === null || lastCopy.bytes <= 0) return null;
  const copyMs = (lastCopy.ms * dataBytes) / lastCopy.bytes;
  return { windowMs: Math.round((lastCopy.fixedMs ?? UNMEASURED_MS) + copyMs), dataBytes };
}
