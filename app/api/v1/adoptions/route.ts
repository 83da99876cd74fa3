import { accepted, withKey } from "#lib/http/act.ts";
import * as api from "#lib/http/adoption-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { adopt } from "#lib/operations/adopt.ts";

export const POST = endpoint(api.adoptApp, async ({ context, request, body }) =>
  accepted(await adopt(context, withKey(request, body) as typeof body)),
);
