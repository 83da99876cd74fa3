import { expect, test } from "vitest";
import { appSettings } from "#lib/config/app-settings.ts";
import { changeOf, SETTING_GROUPS, valueAt } from "./setting-words.ts";

const shown = SETTING_GROUPS.flatMap(({ settings }) => settings.map(({ key }) => key));

test("every setting has its words, but for two that are chosen elsewhere", () => {
  const all = Object.entries(appSettings({})).flatMap(([key, value]) =>
    typeof value === "object" && value !== null
      ? Object.keys(value).map((inner) => `${key}.${inner}`)
      : [key],
  );
  expect([...shown, "webInstances", "autoRollback"].sort()).toEqual(all.sort());
});

test("a key in a group is read and written in its group", () => {
  expect(valueAt({ limits: { bodyBytes: 5 } }, "limits.bodyBytes")).toBe(5);
  expect(valueAt({ limits: { bodyBytes: null } }, "limits.bodyBytes")).toBeNull();
  expect(changeOf("limits.bodyBytes", 6)).toEqual({ limits: { bodyBytes: 6 } });
  expect(changeOf("windowMs", null)).toEqual({ windowMs: null });
});
