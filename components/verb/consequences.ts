import type { SlotName, Verb } from "#lib/engine/model.ts";
import type { DeploySource } from "#lib/operations/deploy.ts";
import { bytes } from "../ui/figures.ts";
import type { Scene } from "./scene.ts";

export interface VerbInput {
  slot?: SlotName;
  source?: DeploySource;
  /** Of an update to a release: the app's name, typed. Not sent. */
  typed?: string;
  /** Of an update: another number of web processes. */
  webInstances?: number;
  domain?: string;
  audience?: "public" | "staging";
  /** Of a sync. */
  mode?: "stream" | "snapshot";
  /** Of a rollback whose feed stands still. */
  lossy?: boolean;
  /** Of a preview: no copy any more. */
  end?: boolean;
  on?: boolean;
  message?: string;
  retryAfterSeconds?: number;
}

export interface Consequences {
  title: string;
  visitors: string;
  data: string;
  confirm: string;
}

const nothing = "Nothing changes for visitors.";

/** What an act will do, said before the click: to visitors and to data, with the slots by name. */
export function consequences(verb: Verb, scene: Scene, input: VerbInput): Consequences {
  const { app, live, idle } = scene;
  const slot = input.slot ?? (["restart", "pause", "resume"].includes(verb) ? (live ?? idle) : idle);
  const named = (name: SlotName) => (scene.version[name] ? `${name} (${scene.version[name]})` : name);
  const isLive = slot === live;
  const plain = scene.noData ? "No data is switched: both versions use whatever they connect to." : null;
  const size = live && scene.bytes[live] !== null ? ` (${bytes(scene.bytes[live])})` : "";

  switch (verb) {
    case "init":
      return {
        title: "Create an app",
        visitors: nothing,
        data: "Nothing is made yet.",
        confirm: "Create app",
      };
    case "adopt":
      return {
        title: "Adopt a running app",
        visitors: "Nothing changes until you lead them here: your proxy or DNS decides.",
        data: "The app keeps its database and its connection string.",
        confirm: "Adopt app",
      };
    case "remove":
      return {
        title: `Remove ${app}`,
        visitors: `Its domains answer 404 here from then on: lead visitors past Signalbox first.`,
        data: "An adopted database gets back everything that was changed in it. A made one stays unless you say otherwise.",
        confirm: `Remove ${app}`,
      };
    case "deploy":
      return {
        title: `Deploy a release to ${slot}`,
        visitors: isLive ? `${slot} is live: this is refused.` : nothing,
        data: `${
          scene.external
            ? `What you started there is asked whether it is well. ${slot}'s data stays as it is.`
            : `The release command runs on ${slot}'s data only.`
        }${scene.fed && slot === idle ? ` The feed to ${slot} ends: sync again before you swap.` : ""}`,
        confirm: `Deploy to ${slot}`,
      };
    case "sync":
      return {
        title: `Sync ${live ?? "live"} to ${idle}`,
        visitors: `${nothing} ${live ?? "The live slot"} serves on while it is read.`,
        data: plain ?? syncData(scene, input, size),
        confirm: `Sync to ${idle}`,
      };
    case "preview":
      return input.end
        ? {
            title: "End the testers' copy",
            visitors: `${nothing} Testers see ${idle}'s own data again.`,
            data: "The copy is deleted, with what testers wrote in it.",
            confirm: "End the copy",
          }
        : {
            title: `Copy ${idle}'s data for testers`,
            visitors: `${nothing} Testers wait while ${idle} starts on the copy.`,
            data: `What testers write stays in the copy and never goes live. An earlier copy is thrown away. The feed to ${idle} stands still while it is made.`,
            confirm: "Make the copy",
          };
    case "restart":
      return {
        title: `Restart ${slot}`,
        visitors: isLive
          ? `Nobody waits: ${slot}'s web processes are replaced one by one, each when its requests are answered.`
          : `${nothing} Testers wait a moment.`,
        data: "Data stays as it is.",
        confirm: `Restart ${slot}`,
      };
    case "update":
      return {
        title: `Update ${live ?? "the live slot"} in place`,
        visitors:
          "Nobody waits: the web processes are replaced one by one, and none is stopped before its requests are answered. If the new release is not healthy, the old one serves on.",
        data: `The release command runs on the live data${size}. No copy of it is made, and what the command changes stays, also when the update fails. Deploy to ${idle} and swap to have a way back.`,
        confirm: `Update ${live ?? "live"}`,
      };
    case "publish":
      return publish(scene, input, slot);
    case "unpublish":
      return {
        title: "Unpublish a domain",
        visitors: input.domain
          ? `${input.domain} answers 404 from then on.`
          : "The domain answers 404 from then on.",
        data: "Data stays as it is.",
        confirm: "Unpublish",
      };
    case "pause":
      return {
        title: `Pause ${slot}`,
        visitors: isLive
          ? "The gate closes: visitors get 503 until you resume."
          : `${nothing} Testers get 503.`,
        data: `${slot}'s data refuses every write until it is resumed. Its worker processes stop.`,
        confirm: `Pause ${slot}`,
      };
    case "resume":
      return {
        title: `Resume ${slot}`,
        visitors: isLive ? "The gate opens again." : `${nothing} Testers reach ${slot} again.`,
        data: `${slot} gets back the state that it had before the pause.${
          !isLive && scene.wayBackOpen
            ? ` It stops being the way back${scene.fed ? ", and the feed to it ends" : ""}.`
            : ""
        }`,
        confirm: `Resume ${slot}`,
      };
    case "swap":
      return {
        title: `Swap ${app}: ${named(idle)} goes live`,
        visitors: `Requests wait while ${scene.noData ? "" : scene.fed ? "the last changes arrive and " : "the data is copied and "}the route moves from ${live ?? "live"} to ${idle}. None is refused. If anything fails before the switch, ${live ?? "live"} serves on.`,
        data: plain
          ? plain
          : scene.fed
            ? `${idle} has the live data already: nothing is copied while visitors wait, and no write is lost. Then the feed is turned round: ${live ?? "the old slot"} rests, read only, and gets what users write, so that going back loses nothing.`
            : `The live data${size} is copied to ${idle} behind a fence, so no write is lost. ${live ?? "The old slot"} then rests, read only, as the way back.`,
        confirm: `Swap to ${idle}`,
      };
    case "rollback":
      return {
        title: `Roll ${app} back to ${named(idle)}`,
        visitors: `Requests wait a moment while the route moves from ${live ?? "live"} back to ${idle}. None is refused.`,
        data: plain
          ? plain
          : input.lossy
            ? `What the feed did not carry stays behind in ${live ?? "the live slot"}; the rows are kept in a file that you can download. The feed ends.`
            : scene.lossless
              ? `Nothing is lost: what users wrote since the swap is in ${idle} too. The feed is turned round, and ${live ?? "the slot that you leave"} follows again.`
              : scene.fed
                ? "The feed carries back what users wrote since the swap. Whether it runs is looked at now."
                : `What users wrote since the swap stays behind in ${live ?? "the live slot"}; the rows are kept in a file that you can download. Files in its folders, where it has any, are carried back.`,
        confirm: `Roll back to ${idle}`,
      };
    case "finish":
      return {
        title: `Finish: give up the way back to ${named(idle)}`,
        visitors: nothing,
        data: `${idle}'s data stops being the way back${scene.fed ? " and the feed to it ends" : ""}; ${idle} becomes the next idle slot, whose app may write to its own data.`,
        confirm: "Finish",
      };
    case "maintenance":
      return input.on
        ? {
            title: `Close the gate of ${app}`,
            visitors: "Visitors get 503 at once, with your message. Requests that wait get it too.",
            data: "Data stays as it is.",
            confirm: "Close the gate",
          }
        : {
            title: `Open the gate of ${app}`,
            visitors: "Visitors reach the live slot again at once.",
            data: "Data stays as it is.",
            confirm: "Open the gate",
          };
  }
}

function syncData({ live, idle, fed }: Scene, { mode }: VerbInput, size: string): string {
  const copied = `The live data${size} is copied to ${idle}, which needs room for it. What was written to ${idle} is replaced.`;
  if (mode === "snapshot") return `${copied}${fed ? " The feed ends." : ""}`;
  return `${copied} From then on ${live ?? "live"}'s changes follow, and its server keeps its log until they are carried.${fed ? " The feed that is there begins anew." : ""}`;
}

function publish(scene: Scene, input: VerbInput, slot: SlotName): Consequences {
  const host = input.domain || "The domain";
  const staging = input.audience === "staging";
  const first = scene.live === null;
  return {
    title: "Publish a domain",
    visitors: staging
      ? `${host} reaches ${slot} for testers. Nothing changes for visitors.`
      : first
        ? `${slot} becomes live: visitors of ${host} reach it.`
        : slot === scene.live
          ? `Visitors of ${host} reach ${slot}, like those of the other public domains.`
          : `All public domains move from ${scene.live} to ${slot} at once.`,
    data: staging
      ? "Data stays as it is."
      : first
        ? `${slot}'s data becomes the data that counts.`
        : slot === scene.live
          ? "Data stays as it is."
          : `${scene.live}'s data is fenced in the same act; ${slot}'s data counts from then on.`,
    confirm: staging ? "Publish for testers" : first ? `Put ${slot} live` : "Publish",
  };
}
