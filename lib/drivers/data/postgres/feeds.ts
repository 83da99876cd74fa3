/** The postgres driver's feeds: logical replication between the slots' databases. */
import type { Finding, SlotRef } from "#lib/engine/model.ts";
import type { Feeds } from "#lib/engine/ports.ts";
import type { Table } from "./catalog.ts";
import { closeFeeds, openFeeds } from "./feed/open.ts";
import { feedPreflight } from "./feed/preflight.ts";
import { schemaChanges } from "./feed/schema-mark.ts";
import { awaitPulse } from "./feed/settle.ts";
import { feedStatus, waitingProblem } from "./feed/status.ts";
import { startFeed, turn, unturn } from "./feed/turn.ts";
import { carrySequencesAhead } from "./sequences.ts";
import type { Side } from "./side.ts";
import { takeOver } from "./takeover.ts";

export interface FeedOptions {
  side(slot: SlotRef): Side;
  ledger(slot: SlotRef): (table: Table) => boolean;
  passwordFor(role: string): string;
  /** The log of a slot's server, where it can be read as a file. */
  serverLog(slot: SlotRef): string | null;
}

export function createFeeds({ side, ledger, passwordFor, serverLog }: FeedOptions): Feeds {
  const status = (from: SlotRef, to: SlotRef) =>
    feedStatus(side(from), side(to), { serverLog: serverLog(to) });
  return {
    preflight: (from, to) => feedPreflight(side(from), side(to), ledger(from)),
    open: (from, to, how) => openFeeds(side(from), side(to), { ...how, passwordFor, isLedger: ledger(from) }),
    close: async ([one, other], { token }) => ({ left: await closeFeeds([side(one), side(other)], token) }),
    status,
    async beforeTurn(from, to, { token }) {
      for (const { server, names } of token === undefined ? [] : [side(from), side(to)])
        await server.use(names.database, (client) => takeOver(server, client, token!));
      const findings = notReady(await status(from, to), to);
      return findings.length > 0 ? findings : noWayBack(await waitingProblem(side(to), side(from)), to);
    },
    settle: (from, to, how) => awaitPulse(side(from), side(to), how),
    carrySequences: (from, to, { token }) => carrySequencesAhead(side(from), side(to), token),
    schemaChanges: (from, to) => schemaChanges([side(from), side(to)]),
    turn: (from, to, { token }) => turn(side(from), side(to), token),
    unturn: (from, to, { token }) => unturn(side(from), side(to), token),
    start: (from, to, { token }) => startFeed(side(from), side(to), token),
  };
}

const refuse = (code: string, what: string, remedy: string): Finding[] => [
  { code, severity: "refuse", what, remedy },
];

const noWayBack = (problem: string | null, to: SlotRef): Finding[] =>
  problem === null
    ? []
    : refuse(
        "way-back-lost",
        `The feed back from ${to.slot} could not begin after the swap. ${problem}`,
        "Try again in a minute: it is made anew where it can be. Or sync again.",
      );

const BACK = "To go back all the same, an admin can leave behind what was not carried (lossy).";

function notReady(status: Awaited<ReturnType<Feeds["status"]>>, to: SlotRef): Finding[] {
  const { state, reason, lagMs, schemaChanges } = status;
  if (state === "none" || state === "lost")
    return refuse(
      "feed-lost",
      `There is no feed to ${to.slot} any more. ${reason ?? ""}`.trim(),
      `Sync again. ${BACK}`,
    );
  if (state === "stopped")
    return refuse(
      "feed-stopped",
      `The feed to ${to.slot} stands still. ${reason ?? ""}`.trim(),
      `Mend the row or the schema that is in its way; it goes on by itself then. Or sync again. ${BACK}`,
    );
  if (schemaChanges.length > 0)
    return refuse(
      "schema-changed",
      schemaChanges.join(" "),
      `Sync again: what was added is not carried. ${BACK}`,
    );
  if (state === "starting" || lagMs === null)
    return refuse("feed-late", `The feed to ${to.slot} is only starting.`, "Wait until it is close behind.");
  return [];
}
