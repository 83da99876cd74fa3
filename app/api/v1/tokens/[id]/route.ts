import { revokeToken } from "#lib/auth/api-token.ts";
import * as api from "#lib/http/access-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";

export const DELETE = endpoint(api.revokeToken, async ({ context, params }) => ({
  token: await revokeToken(context, params.id!),
}));
