import type { SlotName, Verb } from "#lib/engine/model.ts";
import type { AppView, FeedView, SlotView } from "#lib/operations/views.ts";
import type { VerbInput } from "../verb/consequences.ts";
import { verbWords } from "../verb/verb-words.ts";

export const STAGES = ["deploy", "sync", "preview", "swap", "finish"] as const;
export type Stage = (typeof STAGES)[number];

/** The one thing to do now. */
export interface NextAction {
  /** Where the app stands on its way round; null when it stands beside it (a run is on, the gate is closed). */
  stage: Stage | null;
  verb: Verb | null;
  input: VerbInput;
  label: string;
  why: string;
}

/** Deploy, sync, preview, swap, finish, and round again; whatever stands in the way comes first. */
export function nextAction(app: AppView): NextAction {
  const { live, idle } = app;
  const idleSlot = slotOf(app, idle);

  if (app.activeRun) {
    const { running } = verbWords[app.activeRun.kind];
    return {
      stage: null,
      verb: null,
      input: {},
      label: `${running}…`,
      why: "One run at a time. Wait for it, or cancel it.",
    };
  }
  if (app.gate.state === "closed" && app.gate.by === "person" && !anyPaused(app)) {
    return act(null, "maintenance", { on: false }, "Open the gate", "Visitors get 503 until you do.");
  }
  if (live === null) {
    return idleSlot.release === null
      ? act("deploy", "deploy", { slot: idle }, `Deploy to ${idle}`, "Nothing is deployed yet.")
      : act(
          "preview",
          "publish",
          { slot: idle, audience: "public" },
          `Put ${idle} live`,
          `${idle} runs ${idleSlot.release.version}. Publish your public domain to it.`,
        );
  }
  const liveSlot = slotOf(app, live);
  if (liveSlot.paused) {
    return idleSlot.dataState === "following" && !idleSlot.paused
      ? act(
          "swap",
          "publish",
          { slot: idle, audience: "public" },
          `Publish to ${idle}`,
          `${live} is paused and ${idle} has its data.`,
        )
      : act(
          null,
          "resume",
          { slot: live },
          `Resume ${live}`,
          `${live} is live and paused: visitors get 503.`,
        );
  }
  if (idleSlot.paused) return act(null, "resume", { slot: idle }, `Resume ${idle}`, `${idle} is paused.`);
  if (idleSlot.dataState === "resting") {
    const [now, before] = [liveSlot.release?.version ?? live, idleSlot.release?.version ?? idle];
    const cost = app.safeToRollBack.lossless ? ", and lose nothing" : idleSlot.feed ? ", at a cost" : "";
    if (app.watch?.slot === live && app.watch.verdict === "bad" && app.safeToRollBack.ok) {
      const why = `${now} is bad for visitors. You can go back to ${before}${cost}.`;
      return act("finish", "rollback", {}, `Roll back to ${idle}`, why);
    }
    const why = `When you are sure of ${now}. Until then you can go back to ${before}${cost}.`;
    return act("finish", "finish", {}, "Finish", why);
  }
  if (needsRelease(app, idleSlot, liveSlot)) {
    return act(
      "deploy",
      "deploy",
      { slot: idle },
      `Deploy to ${idle}`,
      `The idle slot, ${idle}, is free for the next release.`,
    );
  }
  const version = idleSlot.release?.version ?? idle;
  if (idleSlot.feed && isBroken(idleSlot.feed)) {
    return act("sync", "sync", {}, `Sync to ${idle} again`, `The feed to ${idle} does not carry everything.`);
  }
  if (idleSlot.syncedAt === null || idleSlot.syncedAt < (idleSlot.release?.createdAt ?? "")) {
    return act("sync", "sync", {}, `Sync to ${idle}`, `${version} has not seen the live data yet.`);
  }
  if (!app.domains.some((domain) => domain.audience === "staging")) {
    return act(
      "preview",
      "publish",
      { slot: idle, audience: "staging" },
      "Publish for testers",
      `Let testers try ${version} on a staging domain.`,
    );
  }
  return act(
    "swap",
    "swap",
    {},
    `Swap to ${idle}`,
    idleSlot.feed
      ? `${version} follows the live data. Try it on staging first; ${testersMay(idleSlot)}`
      : `${version} has a copy of the live data. Try it on staging first.`,
  );
}

const act = (stage: Stage | null, verb: Verb, input: VerbInput, label: string, why: string): NextAction => ({
  stage,
  verb,
  input,
  label,
  why,
});

/** A slot that is fed can only be read; a throw-away copy of its data can be written. */
const testersMay = ({ preview }: SlotView): string =>
  preview
    ? "testers write into their copy, which never goes live."
    : "testers may only read there, until you make them a copy to write in.";

/** Only a new sync helps, or helps first. */
const isBroken = ({ state, schemaChanges }: FeedView): boolean =>
  state === "lost" || state === "none" || state === "stopped" || schemaChanges.length > 0;

const slotOf = (app: AppView, name: SlotName): SlotView => app.slots.find((slot) => slot.slot === name)!;
const anyPaused = (app: AppView) => app.slots.some((slot) => slot.paused);

/** Also after a rollback: what went wrong should not be offered again as the next thing to swap to. */
function needsRelease(app: AppView, idle: SlotView, live: SlotView): boolean {
  if (!idle.release || !live.release) return idle.release === null;
  if (idle.release.id === live.release.id || idle.release.createdAt <= live.release.createdAt) return true;
  const last = app.recentRuns.find(
    (run) =>
      run.status === "succeeded" && (run.kind === "rollback" || run.kind === "deploy" || run.kind === "swap"),
  );
  return last?.kind === "rollback";
}
