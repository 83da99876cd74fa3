import type { Finding } from "#lib/engine/model.ts";
import type { WayBackView } from "#lib/operations/views.ts";
import { Notice } from "../ui/notice.tsx";
import { RollbackCost } from "./rollback-cost.tsx";
import { rowsBehind } from "./way-back.ts";

interface Props {
  app: string;
  stuck: Finding[];
  wayBack: WayBackView | null;
  /** May leave rows behind. */
  admin: boolean;
}

/** By code: how going back would lose nothing after all. */
const KEEP_THEM: Record<string, string> = {
  "feed-stopped":
    "It is tried again by itself: mend the row or the schema that is in its way to lose nothing.",
  "feed-late": "Wait until it has caught up to lose nothing.",
};

/** Why a rollback would lose rows though it has a feed, how many, and who may do it all the same. */
export function FeedStuck({ app, stuck, wayBack, admin }: Props) {
  return (
    <Notice kind="warn" title={`Going back now would leave ${rowsBehind(wayBack)} behind.`}>
      {stuck.map(({ code, what }) => (
        <p key={code}>
          {what} <span className="text-soft">{KEEP_THEM[code]}</span>
        </p>
      ))}
      <RollbackCost wayBack={wayBack} />
      {!admin && (
        <p className="font-medium">
          Only an admin of {app} may leave rows behind. Ask one; in an emergency the owner of the machine is
          one (signalbox rollback --lossy --local).
        </p>
      )}
    </Notice>
  );
}
