import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/release-routes.ts";
import { listReleases } from "#lib/operations/read/releases.ts";

export const GET = endpoint(api.listReleases, async ({ context, params }) => ({
  releases: await listReleases(context, params.app!),
}));
