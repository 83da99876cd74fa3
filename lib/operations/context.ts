/** What every operation gets beside its input: who asks, and where things are. Nothing is read from the environment. */
import type { Home } from "#lib/config/home.ts";
import type { Store } from "#lib/store/client.ts";
import { notFound, OperationError } from "./errors.ts";
import { highestRole, type Role, roleAtLeast } from "./role.ts";
import type { Actor } from "./views.ts";

export type OperationActor = Actor & {
  /** In every app, and for what belongs to none. */
  role: Role;
  /** By name of the app; the higher of it and `role` counts there. A token that is for some apps has only these. */
  apps?: ReadonlyMap<string, Role>;
};

export interface OperationContext {
  store: Store;
  actor: OperationActor;
  home: Home;
  /** Host names of the dashboard, lower case; no app may have them. */
  dashboardHosts: string[];
  /** How browsers reach the gateway, for the addresses that people are shown. `host`: by which of the dashboard's. */
  site: { scheme: "http" | "https"; port: number; host?: string };
}

/** What the actor is in that app. */
export const roleIn = (actor: OperationActor, app: string): Role =>
  highestRole(actor.role, actor.apps?.get(app) ?? "none");

/**
 * The first line of every operation. With `app` it asks for the role in that app, without for the role in all of
 * them: who forgets the app refuses people who belong to some apps only, and lets nobody in.
 *
 * Throws `forbidden`, or `not-found` in the words of an app that does not exist when it may not even be seen.
 */
export function requireRole({ actor }: OperationContext, needed: Role, app?: string): void {
  const role = app === undefined ? actor.role : roleIn(actor, app);
  if (roleAtLeast(role, needed)) return;
  if (app !== undefined && role === "none") throw noSuchApp(app);
  const who = role === "none" ? `${actor.name} has a role in some apps only` : `${actor.name} is ${role}`;
  const where = app === undefined ? "" : ` in ${app}`;
  throw new OperationError("forbidden", `This needs the role ${needed}${where}; ${who}.`, {
    remedy: "Ask an admin for the role, or somebody who has it to do this.",
  });
}

export const noSuchApp = (app: string): OperationError => notFound(`There is no app named ${app}.`);

/** Names of the apps in which the actor has the role; null: in every app, also those to come. For lists. */
export function appsWithRole({ actor }: OperationContext, needed: Role): string[] | null {
  if (roleAtLeast(actor.role, needed)) return null;
  return [...(actor.apps ?? [])].filter(([, role]) => roleAtLeast(role, needed)).map(([name]) => name);
}

/**
 * For what is asked for by an id of its own (a run, a job, a link). `app` is the name of the app that it belongs to,
 * undefined when there is no such thing. Throws `not-found` with the words in `missing` when there is none or its
 * app may not be seen, so that nobody learns which ids exist.
 */
export function requireRoleFor(
  context: OperationContext,
  needed: Role,
  app: string | undefined,
  missing: string,
): void {
  if (app === undefined || roleIn(context.actor, app) === "none") throw notFound(missing);
  requireRole(context, needed, app);
}

/** As a condition on rows of `app`: those in which the actor has the role. */
export function whereRole(context: OperationContext, needed: Role): { name?: { in: string[] } } {
  const apps = appsWithRole(context, needed);
  return apps === null ? {} : { name: { in: apps } };
}
