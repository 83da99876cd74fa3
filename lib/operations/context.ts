/** What every operation gets beside its input: who asks, and where things are. Nothing is read from the environment. */
import type { Home } from "#lib/config/home.ts";
import type { Store } from "#lib/store/client.ts";
import { OperationError } from "./errors.ts";
import { type Role, roleAtLeast } from "./role.ts";
import type { Actor } from "./views.ts";

export type OperationActor = Actor & { role: Role };

export interface OperationContext {
  store: Store;
  actor: OperationActor;
  home: Home;
  /** Host names of the dashboard, lower case; no app may have them. */
  dashboardHosts: string[];
  /** How browsers reach the gateway, for the addresses that people are shown. */
  site: { scheme: "http" | "https"; port: number };
}

/** Throws `forbidden` unless the actor has that role or a higher one. */
export function requireRole({ actor }: OperationContext, needed: Role): void {
  if (roleAtLeast(actor.role, needed)) return;
  throw new OperationError("forbidden", `This needs the role ${needed}; ${actor.name} is ${actor.role}.`, {
    remedy: "Ask an admin for the role, or somebody who has it to do this.",
  });
}
