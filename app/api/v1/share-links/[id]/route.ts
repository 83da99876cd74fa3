import { revokeShareLink } from "#lib/auth/share-links.ts";
import * as api from "#lib/http/access-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";

export const DELETE = endpoint(api.revokeShareLink, async ({ context, params }) => ({
  link: await revokeShareLink(context, params.id!),
}));
