/** Who makes a request: the owner of a bearer token, or of a session cookie. */
import type { OperationActor } from "#lib/operations/context.ts";
import type { Store } from "#lib/store/client.ts";
import { tokenActor } from "./api-token.ts";
import type { Auth } from "./auth.ts";
import { noteSeen } from "./sessions.ts";

export interface Authenticated {
  actor: OperationActor;
  /** A browser sends cookies by itself, so what they vouch for must also come from the dashboard's own pages. */
  by: "token" | "cookie";
}

/** Null: nobody who is known. A token that is no good is not made up for by a cookie. */
export async function authenticateRequest(
  store: Store,
  auth: Auth,
  headers: Headers,
): Promise<Authenticated | null> {
  const authorization = headers.get("authorization");
  if (authorization !== null) {
    const [, secret] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const actor = secret === undefined ? null : await tokenActor(store, secret);
    return actor && { actor, by: "token" };
  }
  if (!headers.has("cookie")) return null;
  const session = await auth.api.getSession({ headers }).catch((error) => askStore(store, error));
  if (!session) return null;
  // The row, not the session's copy: a role that was taken away is gone at once.
  if (!(await noteSeen(store, session.session))) return null;
  const actor = await personActor(store, session.user.id);
  return actor && { actor, by: "cookie" };
}

/** A person with the roles in single apps; null when there is none, or a suspended one. */
export async function personActor(store: Store, id: string): Promise<OperationActor | null> {
  const user = await store.user.findUnique({
    where: { id },
    include: { memberships: { select: { role: true, app: { select: { name: true } } } } },
  });
  if (user === null || user.suspendedAt !== null) return null;
  const apps = new Map(user.memberships.map(({ app, role }) => [app.name, role]));
  return { kind: "user", id, name: user.name, role: user.role, apps };
}

/** better-auth hides what went wrong. If it was the store, the store's own error is thrown in its place. */
async function askStore(store: Store, error: unknown): Promise<never> {
  await store.$queryRaw`SELECT 1`;
  throw error;
}
