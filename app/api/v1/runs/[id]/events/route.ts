import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { stillHasRole } from "#lib/http/request-context.ts";
import { sse } from "#lib/http/sse.ts";
import { followRun } from "#lib/operations/read/follow-run.ts";
import { getRun, runEvents } from "#lib/operations/read/runs.ts";

export const GET = endpoint(api.runEvents, async ({ context, site, request, params, query }) => {
  const run = await getRun(context, params.id!);
  const header = request.headers.get("last-event-id");
  const after = header !== null && /^\d{1,9}$/.test(header) ? Number(header) : (query.after ?? 0);
  // A browser that comes again after the end must be told that there is no more: 204 makes it stop.
  if (header !== null && run.finishedAt !== null && (await runEvents(context, run.id, after)).length === 0) {
    return new Response(null, { status: 204 });
  }
  return sse(
    async function* (signal) {
      for await (const event of followRun(context, site.live, run.id, after, signal)) {
        yield { id: event.seq, data: event };
      }
    },
    {
      signal: request.signal,
      stillAllowed: () => stillHasRole(request.headers, "viewer", run.app),
    },
  );
});
