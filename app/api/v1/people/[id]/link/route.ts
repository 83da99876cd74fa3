import { SIGN_IN_LINK_PATH } from "#lib/auth/sign-in-link.ts";
import { mintUserLink } from "#lib/auth/users.ts";
import * as api from "#lib/http/access-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { dashboardUrl } from "#lib/operations/dashboard-url.ts";

export const POST = endpoint(api.linkPerson, async ({ context, params }) => ({
  link: dashboardUrl(context, SIGN_IN_LINK_PATH + (await mintUserLink(context, params.id!))),
}));
