import type { Finding } from "#lib/engine/model.ts";
import type { PreflightAnswer } from "#lib/engine-service/control.ts";
import { FEED_CODES } from "#lib/operations/feed-codes.ts";
import type { WayBackView } from "#lib/operations/views.ts";
import { counted } from "../ui/figures.ts";

/** Why the feed does not carry everything back, as the engine saw it: reasons that can be forced, unlike the others. */
export const stuckFeed = (answer: PreflightAnswer | null): Finding[] =>
  (answer?.findings ?? []).filter(({ code, severity }) => severity === "refuse" && FEED_CODES.includes(code));

/** "12 rows", "at least 12 rows", "uncounted rows". */
export function rowsBehind(wayBack: WayBackView | null): string {
  if (!wayBack || wayBack.lossless) return "uncounted rows";
  const rows = wayBack.inserted + wayBack.changed + wayBack.deleted;
  return `${wayBack.exact ? "" : "at least "}${counted(rows, "row")}`;
}
