import type { SlotName } from "#lib/engine/model.ts";
import type { AppView, SlotView } from "#lib/operations/views.ts";
import { carriesAll, feedLook } from "../feed/feed-words.ts";
import { slotBorder, slotWash, slotWord } from "../slot/slot-look.ts";
import { SlotMark } from "../slot/slot-mark.tsx";
import { Tag } from "../ui/tag.tsx";
import { Rails } from "./rails.tsx";
import { describeTracks } from "./track-words.ts";

/**
 * The signal box's panel: visitors and testers on the left, blue above green on the right, always in these
 * places; what moves is the points between them. A sentence says the same for those who can't see it.
 */
export function TrackPanel({ app }: { app: AppView }) {
  const hosts = (audience: "public" | "staging") =>
    app.domains.filter((domain) => domain.audience === audience).map((domain) => domain.host);
  return (
    <figure className="m-0">
      <figcaption className="sr-only">
        {/* Read out again when it changes: that is the news of this page. */}
        <span role="status">{describeTracks(app)}</span>
      </figcaption>
      <div
        aria-hidden="true"
        className="grid grid-cols-[minmax(4.5rem,2fr)_minmax(4rem,3fr)_minmax(8.5rem,3fr)] grid-rows-2 gap-y-3"
      >
        <Source title="Visitors" hosts={hosts("public")} none="no public domain" />
        <div className="relative row-span-2">
          <Rails app={app} />
        </div>
        <Station slot={slotOf(app, "blue")} live={app.live} />
        <Source title="Testers" hosts={hosts("staging")} none="no staging domain" />
        <Station slot={slotOf(app, "green")} live={app.live} />
      </div>
    </figure>
  );
}

const slotOf = (app: AppView, name: SlotName) => app.slots.find((slot) => slot.slot === name)!;

function Source({ title, hosts, none }: { title: string; hosts: string[]; none: string }) {
  return (
    <div className="flex min-h-20 flex-col justify-center">
      <span className="font-semibold">{title}</span>
      <span className="hidden flex-col font-mono text-xs text-soft sm:flex">
        {hosts.slice(0, 2).map((host) => (
          <span key={host} className="wrap-anywhere">
            {host}
          </span>
        ))}
        {hosts.length > 2 && <span>and {hosts.length - 2} more</span>}
      </span>
      {hosts.length === 0 && <span className="text-xs text-soft">{none}</span>}
    </div>
  );
}

function Station({ slot, live }: { slot: SlotView; live: SlotName | null }) {
  const isLive = slot.slot === live;
  const name = slot.slot;
  return (
    <div
      className={`flex min-h-20 flex-col justify-center gap-1 rounded-md px-3 py-2 ${
        isLive ? `border-2 ${slotBorder[name]} ${slotWash[name]}` : "border border-dashed border-edge"
      }`}
    >
      <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <SlotMark slot={name} filled={isLive} className="text-base" />
        <Tag tone={isLive ? "strong" : "plain"}>{isLive ? "Live" : "Idle"}</Tag>
        {slot.dataState === "resting" && <Tag>Way back</Tag>}
        {slot.feed && (
          <Tag icon={feedLook(slot.feed).icon} tone={carriesAll(slot.feed) ? "plain" : "warn"}>
            {carriesAll(slot.feed) ? "Fed" : `Feed: ${feedLook(slot.feed).word.toLowerCase()}`}
          </Tag>
        )}
        {slot.paused && <Tag tone="warn">Paused</Tag>}
      </span>
      <span className="font-mono text-xs wrap-anywhere">
        {slot.release ? slot.release.version : `nothing deployed to ${slotWord[name].toLowerCase()}`}
      </span>
    </div>
  );
}
