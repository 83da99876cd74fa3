/** Sizes of data as people write them: `10MB`, `1.5GB`; a kilobyte has 1,024 bytes, as PostgreSQL counts. */
const UNITS: Record<string, number> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** In bytes; null when it is no size. */
export function parseSize(text: string): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB)$/i.exec(text.trim()) ?? [];
  if (number === undefined || unit === undefined) return null;
  return Math.round(Number(number) * UNITS[unit.toUpperCase()]!);
}

export function showSize(bytes: number): string {
  const [name, unit] = Object.entries(UNITS).findLast(([, size]) => bytes >= size) ?? ["KB", 1024];
  return `${Math.round((bytes / unit) * 10) / 10} ${name}`;
}
