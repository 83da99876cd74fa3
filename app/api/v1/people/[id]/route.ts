import { changeUser, removeUser } from "#lib/auth/users.ts";
import * as api from "#lib/http/access-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";

export const PATCH = endpoint(api.changePerson, async ({ context, params, body }) => ({
  person: await changeUser(context, params.id!, body),
}));

export const DELETE = endpoint(api.removePerson, async ({ context, params }) => {
  await removeUser(context, params.id!);
  return { removed: params.id! };
});
