import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/release-routes.ts";
import { removeCredential } from "#lib/operations/source-credentials.ts";

export const DELETE = endpoint(api.removeCredential, async ({ context, params }) => ({
  credential: await removeCredential(context, params.app!, decodeURIComponent(params.name!)),
}));
