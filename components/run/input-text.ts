import { sourceWords } from "#lib/operations/source-words.ts";

/** What a run was asked to do, as a few words: {slot: "green", source: {path: "/srv/x"}} → "slot green, source /srv/x". */
export function inputText(input: Record<string, unknown>): string {
  return Object.entries(input)
    .map(([key, value]) => {
      if (key === "lossy" && value === true) return "rows may be left behind";
      const said = say(value);
      return said === "" ? "" : `${key} ${said}`;
    })
    .filter(Boolean)
    .join(", ");
}

function say(value: unknown): string {
  if (Array.isArray(value)) return value.map(say).join(" and ");
  if (typeof value === "object" && value !== null) {
    return sourceWords(value as Record<string, unknown>) || JSON.stringify(value);
  }
  if (value === true) return "on";
  if (value === false) return "off";
  return value === null || value === undefined ? "" : String(value);
}
