import { createShareLink, listShareLinks, SHARE_PATH } from "#lib/auth/share-links.ts";
import * as api from "#lib/http/access-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { dashboardUrl } from "#lib/operations/dashboard-url.ts";

export const GET = endpoint(api.listShareLinks, async ({ context, params }) => ({
  links: await listShareLinks(context, params.app!),
}));

export const POST = endpoint(api.createShareLink, async ({ context, params, body }) => {
  const { link, token } = await createShareLink(context, params.app!, body);
  return { link, url: dashboardUrl(context, SHARE_PATH + token) };
});
