import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { liveStream } from "#lib/http/live-stream.ts";
import { stillHasRole } from "#lib/http/request-context.ts";
import { sse } from "#lib/http/sse.ts";
import { getApp } from "#lib/operations/read/apps.ts";

export const GET = endpoint(api.liveApp, async ({ context, site, request, params }) => {
  const { name } = await getApp(context, params.app!);
  return sse((signal) => liveStream(context, site, name, signal), {
    signal: request.signal,
    stillAllowed: () => stillHasRole(request.headers, "viewer", name),
  });
});
