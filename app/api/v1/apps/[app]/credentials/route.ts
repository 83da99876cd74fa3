import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/release-routes.ts";
import { addCredential, listCredentials } from "#lib/operations/source-credentials.ts";

export const GET = endpoint(api.listCredentials, async ({ context, params }) => ({
  credentials: await listCredentials(context, params.app!),
}));

export const POST = endpoint(api.addCredential, async ({ context, params, body }) => ({
  credential: await addCredential(context, params.app!, body),
}));
