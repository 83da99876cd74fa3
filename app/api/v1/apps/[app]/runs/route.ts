import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { listRuns } from "#lib/operations/read/runs.ts";

export const GET = endpoint(api.listRuns, async ({ context, params, query }) => ({
  runs: await listRuns(context, params.app!, query),
}));
