/** What every window costs beside the copy: hold, drain, fence, commit, route. Measured in docs/figures.md. */
const FIXED_MS = 150;

/** How long a window will take when the data is copied inside it, from the last copy's speed. Null without one. */
export function forecastWindow(lastCopy: { bytes: number; ms: number } | null, dataBytes: number | null) {
  if (lastCopy === null || dataBytes === null || lastCopy.bytes <= 0) return null;
  return { windowMs: Math.round(FIXED_MS + (lastCopy.ms * dataBytes) / lastCopy.bytes), dataBytes };
}
