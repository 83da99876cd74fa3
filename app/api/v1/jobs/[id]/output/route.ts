import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/live-change-routes.ts";
import { stillHasRole } from "#lib/http/request-context.ts";
import { sse } from "#lib/http/sse.ts";
import { getJob, jobOutput } from "#lib/operations/jobs/read-jobs.ts";

export const GET = endpoint(api.jobOutput, async ({ context, request, params }) => {
  const { id, app } = await getJob(context, params.id!);
  const gone = new AbortController();
  request.signal.addEventListener("abort", () => gone.abort(), { once: true });
  // Asked for before the head leaves, so that a silent engine is a 503.
  const lines = await jobOutput(context, id, gone.signal);
  return sse(
    async function* (ended) {
      ended.addEventListener("abort", () => gone.abort(), { once: true });
      for await (const line of lines) yield { data: line };
    },
    { signal: request.signal, stillAllowed: () => stillHasRole(request.headers, "operator", app) },
  );
});
