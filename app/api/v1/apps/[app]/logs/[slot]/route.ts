import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { stillHasRole } from "#lib/http/request-context.ts";
import { sse } from "#lib/http/sse.ts";
import { slotField } from "#lib/operations/input-fields.ts";
import { parseInput } from "#lib/operations/parse-input.ts";
import { slotLogs } from "#lib/operations/read/slot-logs.ts";

export const GET = endpoint(api.slotLogs, async ({ context, request, params, query }) => {
  const gone = new AbortController();
  request.signal.addEventListener("abort", () => gone.abort(), { once: true });
  const asked = { process: query.process, tail: query.tail, follow: query.follow !== "false" };
  // Asked for before the head leaves, so that a silent engine is a 503.
  const lines = await slotLogs(context, params.app!, parseInput(slotField, params.slot), asked, gone.signal);
  return sse(
    async function* (ended) {
      ended.addEventListener("abort", () => gone.abort(), { once: true });
      for await (const line of lines) yield { data: line };
    },
    {
      signal: request.signal,
      stillAllowed: () => stillHasRole(request.headers, "operator", params.app!),
    },
  );
});
