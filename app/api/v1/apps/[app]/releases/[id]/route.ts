import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/release-routes.ts";
import { removeRelease } from "#lib/operations/remove-release.ts";

export const DELETE = endpoint(api.removeRelease, async ({ context, params }) => ({
  release: await removeRelease(context, params.app!, params.id!),
}));
