const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "just now", "40 s ago", "3 min ago", "in 2 h". A clock that is a little behind says "just now". */
export function relative(at: number, now: number): string {
  const distance = now - at;
  const size = Math.abs(distance);
  if (size < 5 * SECOND) return "just now";
  const words =
    size < MINUTE
      ? `${Math.floor(size / SECOND)} s`
      : size < HOUR
        ? `${Math.floor(size / MINUTE)} min`
        : size < DAY
          ? `${Math.floor(size / HOUR)} h`
          : `${Math.floor(size / DAY)} d`;
  return distance > 0 ? `${words} ago` : `in ${words}`;
}

const options = { dateStyle: "medium", timeStyle: "medium" } as const;

/** In the reader's time zone, or in UTC where it isn't known (on the server). */
export function absolute(at: number, zone?: "UTC"): string {
  const text = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone }).format(at);
  return zone ? `${text} UTC` : text;
}

/** 12:03:22 in the reader's time zone. */
export const timeOfDay = (at: number): string =>
  new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
