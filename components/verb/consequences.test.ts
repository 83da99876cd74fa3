import { expect, test } from "vitest";
import { VERBS } from "#lib/engine/model.ts";
import { appView, release, slotView } from "../cockpit/testing.ts";
import { consequences } from "./consequences.ts";
import { sceneOfView } from "./scene.ts";

const slots = [
  slotView({
    slot: "blue",
    role: "live",
    release: release("1.0.0", "2026-11-20T09:00:00Z"),
    data: { bytes: 84_000_000, tables: 4, rows: 9 },
  }),
  slotView({ slot: "green", role: "idle", release: release("1.1.0", "2026-11-20T10:00:00Z") }),
];
const scene = sceneOfView(appView({ slots }));

test("every verb says what happens to visitors and to data, and what its button does", () => {
  for (const verb of VERBS) {
    const said = consequences(verb, scene, {});
    for (const text of Object.values(said)) expect(text.trim(), verb).not.toBe("");
  }
});

test("a swap names both slots, the release that goes live, the size, and that nothing is refused", () => {
  const said = consequences("swap", scene, {});
  expect(said.title).toBe("Swap shop: green (1.1.0) goes live");
  expect(said.visitors).toMatch(/from blue to green.*None is refused/);
  expect(said.data).toContain("84 MB");
});

test("a rollback says what stays behind, unless nothing does", () => {
  expect(consequences("rollback", scene, {}).data).toContain("stays behind in blue");
  expect(consequences("rollback", { ...scene, lossless: true, fed: true }, {}).data).toContain(
    "Nothing is lost",
  );
  expect(consequences("rollback", { ...scene, fed: true }, { lossy: true }).data).toMatch(
    /stays behind in blue.*feed ends/,
  );
});

test("a slot that is fed is swapped to without a copy; a deploy or a finish ends the feed", () => {
  const fed = { ...scene, fed: true };
  expect(consequences("swap", fed, {}).data).toContain("nothing is copied while visitors wait");
  expect(consequences("swap", scene, {}).data).toContain("is copied to green behind a fence");
  expect(consequences("deploy", fed, {}).data).toContain("The feed to green ends");
  expect(consequences("deploy", scene, {}).data).not.toContain("feed");
  expect(consequences("finish", fed, {}).data).toContain("the feed to it ends");
});

test("a sync says whether what is written later follows", () => {
  expect(consequences("sync", scene, { mode: "stream" }).data).toContain("changes follow");
  expect(consequences("sync", scene, { mode: "snapshot" }).data).not.toContain("follow");
});

test("a publish says whether visitors move", () => {
  const publish = (input: object, at = scene) =>
    consequences("publish", at, { domain: "www.example.com", ...input });
  expect(publish({ slot: "green", audience: "staging" }).visitors).toContain("Nothing changes for visitors");
  expect(publish({ slot: "green", audience: "public" }).visitors).toBe(
    "All public domains move from blue to green at once.",
  );
  expect(publish({ slot: "blue" }, { ...scene, live: null }).confirm).toBe("Put blue live");
});
