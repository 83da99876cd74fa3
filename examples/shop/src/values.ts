/** What may come in from outside. */
import { Refused } from "./http.ts";

export function text(value: unknown, name: string): string {
  if (typeof value === "string" && value.length > 0 && value.length <= 200 && !value.includes("\0"))
    return value;
  throw new Refused(400, `${name} must be a text of 1 to 200 characters`);
}

/** Kept with two decimals. */
export function number(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isFinite(value) && Math.abs(value) < 1e11) return value;
  throw new Refused(400, `${name} must be a number`);
}

/** The id of a row; null when nothing can have it. */
export const rowId = (value: string): number | null => {
  const id = Number(value);
  return /^\d+$/.test(value) && Number.isSafeInteger(id) ? id : null;
};

/** A page of a list: rows after this id. */
export function page(query: URLSearchParams): { after: number; limit: number } {
  const after = rowId(query.get("after") ?? "0");
  if (after === null) throw new Refused(400, "after must be an id");
  return { after, limit: pageLimit(query) };
}

export function pageLimit(query: URLSearchParams): number {
  const limit = rowId(query.get("limit") ?? "100");
  if (limit === null || limit < 1) throw new Refused(400, "limit must be a number from 1 on");
  return Math.min(limit, 1000);
}
