import { describe, expect, test } from "vitest";
import { type DataState, otherSlot, SLOT_NAMES, type SlotName } from "#lib/engine/model.ts";
import { type AppState, permit, type SlotState } from "#lib/engine/permit.ts";
import { isUnprovisioned } from "./app-state.ts";
import { ASKS, STATES } from "./testing/verb-states.ts";

describe("every verb in every state", () => {
  test("is as docs/verbs.md says (after a change on purpose: npx vitest run --project unit verb-table -u)", async () => {
    await expect(document()).toMatchFileSnapshot("../../docs/verbs.md");
  });

  test("every refusal says what is wrong and what to do", () => {
    for (const state of Object.values(STATES)) {
      for (const { verb, input } of ASKS) {
        for (const finding of permit(verb, state, input)) {
          expect(finding.severity).toBe("refuse");
          expect(finding.code).toMatch(/^[a-z]+(-[a-z]+)*$/);
          expect(finding.what.length).toBeGreaterThan(10);
          expect(finding.remedy.length).toBeGreaterThan(5);
        }
      }
    }
  });

  test("maintenance may be switched on and off in any state", () => {
    for (const state of everyState()) expect(permit("maintenance", state)).toEqual([]);
  });
});

describe("in all states that can be written down, reachable or not", () => {
  test("a release never goes into the live slot or over the way back", () => {
    for (const state of everyState()) {
      for (const slot of SLOT_NAMES) {
        if (slot === state.live || state.slots[slot].dataState === "resting") {
          expect(permit("deploy", state, { slot })).not.toEqual([]);
        }
      }
    }
  });

  test("a sync never overwrites the way back or runs without a live slot", () => {
    for (const state of everyState()) {
      if (state.live === null || state.slots[otherSlot(state.live)].dataState === "resting") {
        expect(permit("sync", state)).not.toEqual([]);
      }
    }
  });

  test("scratch never goes live by publishing: visitors would lose what they wrote", () => {
    for (const state of everyState()) {
      const { live } = state;
      if (live === null) continue;
      const slot = otherSlot(live);
      if (state.slots[slot].dataState !== "scratch") continue;
      expect(permit("publish", state, { domain: "shop.example", slot })).not.toEqual([]);
      expect(permit("publish", state, { domain: "new.example", slot, audience: "public" })).not.toEqual([]);
    }
  });

  test("nothing is published, swapped to or restarted in a slot without a release", () => {
    for (const state of everyState()) {
      for (const slot of SLOT_NAMES) {
        if (state.slots[slot].version !== null) continue;
        expect(permit("publish", state, { domain: "shop.example", slot })).not.toEqual([]);
        expect(permit("restart", state, { slot })).not.toEqual([]);
        if (state.live === otherSlot(slot)) expect(permit("swap", state)).not.toEqual([]);
      }
    }
  });

  test("a way back exists exactly while the old slot rests: rollback and finish agree on it", () => {
    for (const state of everyState()) {
      const resting = state.live !== null && state.slots[otherSlot(state.live)].dataState === "resting";
      if (!resting) expect(permit("rollback", state)).not.toEqual([]);
      expect(permit("finish", state).length === 0).toBe(resting);
    }
  });

  test("a rollback is refused for no other reason: pauses do not stand in its way", () => {
    for (const state of everyState()) {
      if (state.live === null) continue;
      const old = state.slots[otherSlot(state.live)];
      if (old.dataState === "resting" && old.version !== null) expect(permit("rollback", state)).toEqual([]);
    }
  });

  test("pausing and resuming exclude each other", () => {
    for (const state of everyState()) {
      for (const slot of SLOT_NAMES) {
        const both = [permit("pause", state, { slot }), permit("resume", state, { slot })];
        expect(both.every((reasons) => reasons.length === 0)).toBe(false);
      }
    }
  });
});

function* everyState(): Generator<AppState> {
  const dataStates: DataState[] = ["empty", "scratch", "following", "authoritative", "resting"];
  const slots: SlotState[] = dataStates.flatMap((dataState) =>
    [true, false].flatMap((paused) => [null, "1.0.0"].map((version) => ({ version, dataState, paused }))),
  );
  const domains = [{ host: "shop.example", audience: "public" as const }];
  for (const live of [null, ...SLOT_NAMES] as (SlotName | null)[]) {
    for (const blue of slots) for (const green of slots) yield { live, slots: { blue, green }, domains };
  }
}

function document(): string {
  const lines = [
    "# Every verb in every state",
    "",
    "What the interlocking (`lib/engine/permit.ts`) answers. Written by `lib/operations/verb-table.test.ts`.",
    "While a run is active every verb but `maintenance` is refused as `busy`, with the name of who is at it.",
    "What only the outside world can tell is preflight's business and not in here.",
    "",
    "Whoever knows the two-tenant recipe: `sync . tenant` (bring the files of this folder, only what changed) followed",
    "by a restart is `signalbox deploy .`, always to the tenant that is not published; `sync tenant tenant` is",
    "`signalbox sync`; `publish`, `pause` and `resume` are the same words; all of them in the right order are `swap`.",
    "",
  ];
  for (const [name, state] of Object.entries(STATES)) {
    lines.push(`## ${name}`, "", "| asked for | answer |", "|---|---|");
    for (const { name: asked, verb, input } of ASKS) {
      const again = verb === "init" && isUnprovisioned(state);
      const reasons = (again ? [] : permit(verb, state, input)).map(
        ({ code, what }) => `\`${code}\`: ${what}`,
      );
      lines.push(`| ${asked} | ${reasons.length === 0 ? "**yes**" : reasons.join(" ")} |`);
    }
    lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}
