import { createToken, listTokens } from "#lib/auth/api-token.ts";
import * as api from "#lib/http/access-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";

export const GET = endpoint(api.listTokens, async ({ context }) => ({ tokens: await listTokens(context) }));

export const POST = endpoint(api.createToken, ({ context, body }) => createToken(context, body));
