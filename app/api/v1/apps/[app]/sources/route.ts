import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/release-routes.ts";
import { deploySources } from "#lib/operations/read/releases.ts";

export const GET = endpoint(api.deploySources, ({ context, params }) => deploySources(context, params.app!));
