/** Figures as people read them. Always a point as decimal mark, a thin unit after a space. */

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Decimal units: 84_000_000 → "84 MB". */
export function bytes(value: number): string {
  let unit = 0;
  let size = Math.abs(value);
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 10 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`;
}

/** Milliseconds: 28 → "28 ms", 1240 → "1.2 s", 185_000 → "3 min 5 s". */
export function duration(ms: number): string {
  const value = Math.max(0, ms);
  if (value < 999.5) return `${Math.round(value)} ms`;
  if (value < 9_950) return `${(value / 1000).toFixed(1)} s`;
  const seconds = Math.round(value / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** For a chart's axis, where only the size matters: 107_000 → "2 min". */
export function roughDuration(ms: number): string {
  if (ms < 9_950) return duration(ms);
  if (ms < 59_500) return `${Math.round(ms / 1000)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** A running clock that doesn't jitter in width: 64_000 → "1:04". */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const rest = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
export const count = (value: number): string => whole.format(value);

/** count(1, "row") → "1 row". */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Requests a second: one decimal below 10. */
export const rate = (value: number): string => (value > 0 && value < 9.95 ? value.toFixed(1) : count(value));

/** Share of one core. */
export const cpu = (share: number): string => `${Math.round(share * 100)} %`;
