import { describe, expect, test } from "vitest";
import { readManifest } from "#lib/config/manifest.ts";
import { dueTime, nextTime } from "./cron.ts";

const every5 = { schedule: "*/5 * * * *", timezone: "UTC" };
const at = (time: string) => new Date(`2026-03-29T${time}Z`);

describe("a cron entry", () => {
  test("is due at its minute and once", () => {
    expect(dueTime(every5, at("10:00:00"), at("10:04:59.999"))).toBeNull();
    expect(dueTime(every5, at("10:00:00"), at("10:05:00"))).toEqual(at("10:05:00"));
    expect(dueTime(every5, at("10:05:00"), at("10:05:30"))).toBeNull();
  });

  test("that was missed many times is made up for once, with its last time", () => {
    expect(dueTime(every5, at("08:00:00"), at("10:07:00"))).toEqual(at("10:05:00"));
  });

  test("is left out when its last time is more than an hour ago", () => {
    const daily = { schedule: "0 3 * * *", timezone: "UTC" };
    expect(dueTime(daily, at("00:00:00"), at("03:59:00"))).toEqual(at("03:00:00"));
    expect(dueTime(daily, at("00:00:00"), at("04:01:00"))).toBeNull();
  });

  test("follows the clock of its time zone, also where a night has no such hour", () => {
    const berlin = { schedule: "30 1 * * *", timezone: "Europe/Berlin" };
    expect(nextTime(berlin, at("00:31:00"))).toEqual(new Date("2026-03-29T23:30:00Z"));
  });
});

const manifest = (cron: string) =>
  readManifest(`name: shop\nversion: 1.0.0\nprocesses: { web: node web.ts }\ncron:\n  report: ${cron}\n`);

describe("cron in a manifest", () => {
  test("has UTC and an hour's time-out unless it says otherwise", () => {
    expect(manifest('{ schedule: "0 3 * * *", command: node report.ts }')).toMatchObject({
      ok: true,
      manifest: { cron: { report: { timezone: "UTC", timeout: 3_600 } } },
    });
  });

  test.each([
    ['{ schedule: "every night", command: x }', "cron.report.schedule"],
    ['{ schedule: "61 * * * *", command: x }', "minute"],
    ['{ schedule: "* * * * * *", command: x }', "cron.report.schedule"],
    ['{ schedule: "0 0 30 2 *", command: x }', "it never comes"],
    ['{ schedule: "0 3 * * *", command: x, timezone: Mars/Olympus }', "cron.report.timezone"],
    ['{ schedule: "0 3 * * *" }', "cron.report.command"],
    ['{ schedule: "0 3 * * *", command: x, timeout: 0 }', "cron.report.timeout"],
  ])("%s is refused with its key", (cron, words) => {
    const result = manifest(cron);
    expect(result.ok).toBe(false);
    expect(result.ok ? [] : result.problems.join("; ")).toContain(words);
  });
});
