import { expect, test } from "vitest";
import { rowsBehind, stuckFeed } from "./way-back.ts";

const finding = (code: string, severity: "refuse" | "warn" = "refuse") => ({
  code,
  severity,
  what: "What.",
  remedy: "Remedy.",
});
const wayBack = {
  inserted: 2,
  changed: 1,
  deleted: 0,
  exact: true,
  lossless: false,
  reason: null,
  measuredAt: "2026-11-20T10:00:00.000Z",
};

test("only a feed's refusals can be forced", () => {
  const findings = [finding("feed-stopped"), finding("gateway-silent"), finding("feed-late", "warn")];
  const stuck = stuckFeed({ findings, forecast: null, fedForecast: null, wayBack });
  expect(stuck.map(({ code }) => code)).toEqual(["feed-stopped"]);
  expect(stuckFeed(null)).toEqual([]);
});

test("rows are named, and never as none when nobody has counted", () => {
  expect(rowsBehind(wayBack)).toBe("3 rows");
  expect(rowsBehind({ ...wayBack, inserted: 0, exact: false })).toBe("at least 1 row");
  expect(rowsBehind(null)).toBe("uncounted rows");
  expect(rowsBehind({ ...wayBack, inserted: 0, changed: 0, lossless: true })).toBe("uncounted rows");
});
