import { SIGN_IN_LINK_PATH } from "#lib/auth/sign-in-link.ts";
import { createUser, listUsers } from "#lib/auth/users.ts";
import * as api from "#lib/http/access-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { dashboardUrl } from "#lib/operations/dashboard-url.ts";

export const GET = endpoint(api.listPeople, async ({ context }) => ({ people: await listUsers(context) }));

export const POST = endpoint(api.addPerson, async ({ context, body }) => {
  const { user, link } = await createUser(context, body);
  return { person: user, link: dashboardUrl(context, SIGN_IN_LINK_PATH + link) };
});
