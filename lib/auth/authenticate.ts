/** Who makes a request: the owner of a bearer token, or of a session cookie. */
import type { OperationActor } from "#lib/operations/context.ts";
import type { Store } from "#lib/store/client.ts";
import { tokenActor } from "./api-token.ts";
import type { Auth } from "./auth.ts";

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
  const user = await store.user.findUnique({ where: { id: session.user.id } });
  return (
    user && { actor: { kind: "user", id: user.id, name: user.name, role: user.role }, by: "cookie" as const }
  );
}

/** better-auth hides what went wrong. If it was the store, the store's own error is thrown in its place. */
async function askStore(store: Store, error: unknown): Promise<never> {
  await store.$queryRaw`SELECT 1`;
  throw error;
}
