import { expect, test } from "vitest";
import { appView } from "../cockpit/testing.ts";
import { checkInput, cleanInput, startInput } from "./check-input.ts";
import { sceneOfView } from "./scene.ts";

test("a deploy wants a whole path", () => {
  expect(checkInput("deploy", {})).toHaveProperty("source");
  expect(checkInput("deploy", { source: { kind: "folder", path: "shop" } })).toHaveProperty("source");
  expect(checkInput("deploy", { source: { kind: "folder", path: "/srv/shop" } })).toEqual({});
});

test("a time to come back is whole seconds within a day", () => {
  expect(checkInput("maintenance", { on: true, retryAfterSeconds: 1.5 })).toHaveProperty("retryAfterSeconds");
  expect(checkInput("maintenance", { on: true, retryAfterSeconds: 86_401 })).toHaveProperty(
    "retryAfterSeconds",
  );
  expect(checkInput("maintenance", { on: true })).toEqual({});
});

test("a publish begins with the slot that its audience reaches", () => {
  const scene = sceneOfView(appView());
  expect(startInput("publish", scene, {})).toEqual({ audience: "public", slot: "blue" });
  expect(startInput("publish", scene, { audience: "staging" })).toEqual({
    audience: "staging",
    slot: "green",
  });
});

test("what was left empty is not sent", () => {
  expect(cleanInput({ on: true, message: "  ", retryAfterSeconds: undefined })).toEqual({ on: true });
});
