import { accepted, act } from "#lib/http/act.ts";
import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";

export const POST = endpoint(api.actOnApp, async ({ context, request, params, body }) =>
  accepted(await act(context, params.app!, params.verb!, request, body)),
);
