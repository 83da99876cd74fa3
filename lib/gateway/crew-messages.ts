/** What a gateway's keeper and its workers tell each other over the channel that Node gives a child. */
import type { AppRoutes, RouteTable } from "#lib/gate/routes.ts";
import type { Answer } from "./control.ts";

type Stats = Answer<"stats">;

export type ToWorker =
  /** The routes in force; answered with `has`. */
  | { tell: "routes"; serial: number; table: RouteTable }
  /** Answered with `counts`. */
  | { tell: "count"; serial: number }
  | { tell: "kept"; serial: number; error: string | null }
  /** How far it may let go who waits; see turns.ts. */
  | { tell: "until"; lane: string; until: number }
  /** Another worker is there for new connections: serve what is open to its end. */
  | { tell: "retire" }
  | { tell: "stop"; graceMs: number };

export type ToKeeper =
  /** It listens to this channel and waits for the routes before it serves. */
  | { say: "hello" }
  | { say: "serving" }
  | { say: "has"; serial: number }
  | { say: "counts"; serial: number; stats: Stats }
  /** The engine has put these in force here; they are to be on disk and with everybody. Answered with `kept`. */
  | { say: "keep"; serial: number; routes: AppRoutes }
  | { say: "first"; lane: string; cameAt: number | null }
  /** Somebody else told it to go. */
  | { say: "retiring" }
  /** Its last words. */
  | { say: "done"; stats: Stats };
