/** What the doctor says of one thing: how it is, and what to do when it is not well. */
export interface Diagnosis {
  area: "machine" | "home" | "processes" | "databases" | "gateways" | "apps";
  /** What was looked at, in a few words. */
  name: string;
  state: "ok" | "warn" | "fail";
  /** What was found, in one sentence. */
  what: string;
  /** Null where nothing needs doing. */
  remedy: string | null;
}

type Area = Diagnosis["area"];

export const ok = (area: Area, name: string, what: string): Diagnosis => ({
  area,
  name,
  state: "ok",
  what,
  remedy: null,
});
export const warn = (area: Area, name: string, what: string, remedy: string): Diagnosis => ({
  area,
  name,
  state: "warn",
  what,
  remedy,
});
export const fail = (area: Area, name: string, what: string, remedy: string): Diagnosis => ({
  area,
  name,
  state: "fail",
  what,
  remedy,
});

/** One look. What it throws becomes a failed diagnosis, so that one broken part hides no other. */
export type Look = () => Promise<Diagnosis[]> | Diagnosis[];

export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message.split("\n", 1)[0] : String(error)) || "no reason was given";
