/**
 * Which verb may run in which state: the interlocking. One pure function, asked by the operation when a run is
 * requested and by the screen to explain a button. What only the outside world can tell (a gateway that is
 * silent, a slot that is not healthy) is preflight's business, not this table's.
 */
import { type DataState, type Finding, idleSlot, otherSlot, type SlotName, type Verb } from "./model.ts";

export interface SlotState {
  /** Version of the release in it; null when nothing was ever deployed. */
  version: string | null;
  /** Releases that its release says it may replace; undefined: any. */
  follows?: string[];
  dataState: DataState;
  paused: boolean;
  /** Kept up by a feed from the live slot. */
  fed?: boolean;
  /** Testers are on a throw-away copy of its data. */
  preview?: boolean;
}

export interface AppState {
  live: SlotName | null;
  /** Somebody else starts and stops its processes. */
  external?: boolean;
  slots: Record<SlotName, SlotState>;
  domains: { host: string; audience: "public" | "staging" }[];
}

export interface PermitInput {
  slot?: SlotName;
  domain?: string;
  audience?: "public" | "staging";
  /** Of an update: a release, another number of web processes, or neither. */
  change?: "release" | "scale";
  /** Of a preview. */
  end?: boolean;
}

const refuse = (code: string, what: string, remedy: string): Finding => ({
  code,
  severity: "refuse",
  what,
  remedy,
});

/** Every reason against the verb; none means it may run. */
export function permit(verb: Verb, app: AppState, input: PermitInput = {}): Finding[] {
  return rules[verb](app, input);
}

type Rule = (app: AppState, input: PermitInput) => Finding[];

const rules: Record<Verb, Rule> = {
  init: () => [
    refuse("app-exists", "The app exists already.", "Choose another name, or use the app as it is."),
  ],
  adopt: () => [
    refuse("app-exists", "The app exists already.", "Choose another name, or use the app as it is."),
  ],
  maintenance: () => [],
  remove: () => [],

  deploy(app, input) {
    const slot = input.slot ?? idleSlot(app.live);
    return [
      slot === app.live &&
        refuse(
          "slot-is-live",
          `${slot} is live; a release goes to the idle slot.`,
          `Deploy to ${otherSlot(slot)}, then swap.`,
        ),
      ...wayBackOpen(app, slot, "Deploying"),
      ...mustNotBePaused(app, slot),
    ].filter(isFinding);
  },

  sync(app) {
    if (app.live === null) return [nothingLive("There is no live slot to copy from.")];
    const idle = otherSlot(app.live);
    return [...mustHaveRelease(app, idle), ...wayBackOpen(app, idle, "Syncing")];
  },

  preview(app, { end }) {
    if (app.live === null) return [nothingLive("Testers may write in the slot's own data until then.")];
    const idle = otherSlot(app.live);
    if (end) {
      const none = refuse("no-preview", `Testers are not on a copy of ${idle}'s data.`, "Nothing to do.");
      return app.slots[idle].preview ? [] : [none];
    }
    if (app.external) return [startedElsewhere(idle)];
    return [
      ...mustHaveRelease(app, idle),
      ...mustNotBePaused(app, idle),
      app.slots[idle].dataState === "resting" &&
        refuse(
          "way-back-open",
          `${idle} is the way back to what was live before, and stays ready for it.`,
          "Finish the last swap first; then testers can have a copy.",
        ),
    ].filter(isFinding);
  },

  restart(app, input) {
    const slot = input.slot ?? app.live ?? idleSlot(app.live);
    if (app.external) return [startedElsewhere(slot)];
    return [...mustHaveRelease(app, slot), ...mustNotBePaused(app, slot)];
  },

  update(app, { change }) {
    const { live } = app;
    if (app.external) return [startedElsewhere(live ?? idleSlot(live))];
    if (change === "scale") return [];
    if (live === null) return [nothingLive("There is nothing to change in place.")];
    return [
      ...mustHaveRelease(app, live),
      ...mustNotBePaused(app, live),
      // Its release command changes the data that going back is measured against, and fed back to.
      ...(change === "release" ? wayBackOpen(app, otherSlot(live), "Updating the live slot in place") : []),
    ];
  },

  publish(app, input) {
    const slot = input.slot ?? idleSlot(app.live);
    const missing = mustHaveRelease(app, slot);
    if (missing.length > 0) return missing;
    if (audienceOf(app, { ...input, slot }) === "staging") {
      return slot === idleSlot(app.live)
        ? []
        : [
            refuse(
              "staging-reaches-idle",
              `A staging domain reaches the idle slot, and ${slot} is ${slot === app.live ? "live" : "not it"}.`,
              `Publish it to ${idleSlot(app.live)}, or publish a public domain.`,
            ),
          ];
    }
    if (app.live === null || app.live === slot) return [];
    const { dataState } = app.slots[slot];
    // `following` without a feed means: copied while live was paused, and nothing written on either side since.
    if (dataState === "following" || dataState === "resting") return [];
    return [
      refuse(
        "scratch-data",
        `${slot}'s data is not the live data: visitors would lose what they wrote.`,
        `Swap, which copies and switches in one act; or pause ${app.live}, sync, then publish.`,
      ),
    ];
  },

  unpublish(app, input) {
    return app.domains.some((domain) => domain.host === input.domain)
      ? []
      : [
          refuse(
            "domain-unknown",
            `${input.domain ?? "The domain"} is not published.`,
            "Check its spelling.",
          ),
        ];
  },

  pause(app, input) {
    const slot = input.slot ?? app.live ?? idleSlot(app.live);
    return [
      ...mustHaveRelease(app, slot),
      ...mustNotBePaused(app, slot, "is paused already.", "Nothing to do."),
    ];
  },

  resume(app, input) {
    const slot = input.slot ?? app.live ?? idleSlot(app.live);
    return app.slots[slot].paused ? [] : [refuse("not-paused", `${slot} is not paused.`, "Nothing to do.")];
  },

  swap(app) {
    if (app.live === null) return [nothingLive("There is nothing to swap with.")];
    const idle = otherSlot(app.live);
    const missing = mustHaveRelease(app, idle);
    if (missing.length > 0) return missing;
    const from = app.slots[app.live].version;
    const { follows, version } = app.slots[idle];
    return [
      ...mustNotBePaused(app, app.live),
      ...mustNotBePaused(app, idle),
      ...wayBackOpen(app, idle, "Swapping"),
      follows !== undefined &&
        from !== null &&
        from !== version &&
        !follows.includes(from) &&
        refuse(
          "skips-release",
          `Release ${version} may follow ${follows.join(", ") || "nothing"}, and ${from} is live.`,
          `Deploy and swap a release between them first.`,
        ),
    ].filter(isFinding);
  },

  rollback(app) {
    if (app.live === null) return [nothingLive("There is nothing to go back from.")];
    const old = otherSlot(app.live);
    if (app.slots[old].dataState !== "resting") {
      return [
        refuse(
          "no-way-back",
          `There is no way back: ${old} does not hold what was live before.`,
          "A way back exists from a swap until finish. Deploy the older release and swap to it.",
        ),
      ];
    }
    return mustHaveRelease(app, old);
  },

  finish(app) {
    const old = app.live === null ? null : otherSlot(app.live);
    return old !== null && app.slots[old].dataState === "resting"
      ? []
      : [refuse("nothing-to-finish", "No swap is waiting to be finished.", "Nothing to do.")];
  },
};

/** What a domain would be published as: what it is, what was asked, or what the slot suggests. */
export function audienceOf(
  app: Pick<AppState, "live" | "domains">,
  input: PermitInput,
): "public" | "staging" {
  const known = app.domains.find((domain) => domain.host === input.domain)?.audience;
  if (input.audience ?? known) return (input.audience ?? known)!;
  return app.live === null || input.slot === app.live ? "public" : "staging";
}

const isFinding = (value: Finding | false): value is Finding => value !== false;

const startedElsewhere = (slot: SlotName) =>
  refuse(
    "started-elsewhere",
    `${slot} is started by somebody else, not by Signalbox.`,
    "Restart it where it is started (systemd, pm2, Compose). Under maintenance, visitors get a page meanwhile.",
  );

const nothingLive = (what: string) =>
  refuse(
    "nothing-live",
    `Nothing is live yet. ${what}`,
    "Deploy a release and publish a public domain to its slot.",
  );

function mustHaveRelease(app: AppState, slot: SlotName): Finding[] {
  if (app.slots[slot].version !== null) return [];
  return [refuse("slot-empty", `${slot} has no release.`, `Deploy a release to ${slot} first.`)];
}

function mustNotBePaused(
  app: AppState,
  slot: SlotName,
  what = "is paused.",
  remedy = `Resume ${slot} first.`,
): Finding[] {
  return app.slots[slot].paused ? [refuse("slot-paused", `${slot} ${what}`, remedy)] : [];
}

function wayBackOpen(app: AppState, slot: SlotName, act: string): Finding[] {
  if (app.slots[slot].dataState !== "resting") return [];
  return [
    refuse(
      "way-back-open",
      `${slot} is the way back to what was live before. ${act} would end it.`,
      "Finish the last swap first, or roll back.",
    ),
  ];
}
