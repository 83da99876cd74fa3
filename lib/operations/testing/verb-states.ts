/** For tests and docs/verbs.md: the states that an app can be in, and everything that may be asked in them. */
import type { Verb } from "#lib/engine/model.ts";
import type { AppState, PermitInput, SlotState } from "#lib/engine/permit.ts";

const slot = (version: string | null, dataState: SlotState["dataState"], paused = false): SlotState => ({
  version,
  dataState,
  paused,
});

const fed = (version: string, dataState: SlotState["dataState"]): SlotState => ({
  ...slot(version, dataState),
  fed: true,
});

const domains: AppState["domains"] = [
  { host: "shop.example", audience: "public" },
  { host: "try.shop.example", audience: "staging" },
];

const state = (live: AppState["live"], blue: SlotState, green: SlotState): AppState => ({
  live,
  slots: { blue, green },
  domains,
});

/** In the order of an app's life. Where something is live it is blue; green is the mirror image. */
export const STATES: Record<string, AppState> = {
  "Made, data not provisioned": state(null, slot(null, "empty"), slot(null, "empty")),
  "Provisioned, nothing deployed": state(null, slot(null, "scratch"), slot(null, "scratch")),
  "Deployed to blue, nothing live": state(null, slot("1.0.0", "scratch"), slot(null, "scratch")),
  "Blue live, green without a release": state("blue", slot("1.0.0", "authoritative"), slot(null, "scratch")),
  "Blue live, next release in green": state("blue", slot("1.0.0", "authoritative"), slot("1.1.0", "scratch")),
  "Blue live, green fed": state("blue", slot("1.0.0", "authoritative"), fed("1.1.0", "following")),
  "Blue live, release in green skips one": state("blue", slot("1.0.0", "authoritative"), {
    ...slot("1.2.0", "scratch"),
    follows: ["1.1.0"],
  }),
  "Blue live, green paused": state("blue", slot("1.0.0", "authoritative"), slot("1.1.0", "scratch", true)),
  "Blue live, testers on a copy of green": state("blue", slot("1.0.0", "authoritative"), {
    ...slot("1.1.0", "following"),
    preview: true,
  }),
  "Blue live but paused": state("blue", slot("1.0.0", "authoritative", true), slot("1.1.0", "scratch")),
  "Blue live but paused, copied to green": state(
    "blue",
    slot("1.0.0", "authoritative", true),
    slot("1.1.0", "following"),
  ),
  "After a swap: blue live, green is the way back": state(
    "blue",
    slot("1.1.0", "authoritative"),
    slot("1.0.0", "resting"),
  ),
  "After a swap: blue live, green is the way back and fed": state(
    "blue",
    slot("1.1.0", "authoritative"),
    fed("1.0.0", "resting"),
  ),
  "After a swap, blue paused": state("blue", slot("1.1.0", "authoritative", true), slot("1.0.0", "resting")),
  "After a swap, green paused": state("blue", slot("1.1.0", "authoritative"), slot("1.0.0", "resting", true)),
};

export interface Ask {
  name: string;
  verb: Verb;
  input: PermitInput;
}

const ask = (name: string, verb: Verb, input: PermitInput = {}): Ask => ({ name, verb, input });

export const ASKS: Ask[] = [
  ask("init", "init"),
  ask("deploy to blue", "deploy", { slot: "blue" }),
  ask("deploy to green", "deploy", { slot: "green" }),
  ask("sync", "sync"),
  ask("preview", "preview"),
  ask("preview, to end it", "preview", { end: true }),
  ask("restart blue", "restart", { slot: "blue" }),
  ask("restart green", "restart", { slot: "green" }),
  ask("update the live slot's variables", "update"),
  ask("update the live slot to a release", "update", { change: "release" }),
  ask("scale the web processes", "update", { change: "scale" }),
  ask("publish the public domain to blue", "publish", { domain: "shop.example", slot: "blue" }),
  ask("publish the public domain to green", "publish", { domain: "shop.example", slot: "green" }),
  ask("publish the staging domain to blue", "publish", { domain: "try.shop.example", slot: "blue" }),
  ask("publish the staging domain to green", "publish", { domain: "try.shop.example", slot: "green" }),
  ask("unpublish a domain", "unpublish", { domain: "try.shop.example" }),
  ask("unpublish an unknown domain", "unpublish", { domain: "other.example" }),
  ask("pause blue", "pause", { slot: "blue" }),
  ask("pause green", "pause", { slot: "green" }),
  ask("resume blue", "resume", { slot: "blue" }),
  ask("resume green", "resume", { slot: "green" }),
  ask("swap", "swap"),
  ask("rollback", "rollback"),
  ask("finish", "finish"),
  ask("maintenance on or off", "maintenance"),
  ask("remove", "remove"),
];
