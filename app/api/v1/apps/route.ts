import { accepted, withKey } from "#lib/http/act.ts";
import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { init } from "#lib/operations/init.ts";
import { listApps } from "#lib/operations/read/apps.ts";

export const GET = endpoint(api.listApps, async ({ context }) => ({ apps: await listApps(context) }));

export const POST = endpoint(api.initApp, async ({ context, request, body }) =>
  accepted(await init(context, withKey(request, body) as typeof body)),
);
