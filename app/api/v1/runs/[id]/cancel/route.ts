import { accepted } from "#lib/http/act.ts";
import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { cancelRun } from "#lib/operations/cancel-run.ts";

export const POST = endpoint(api.cancelRun, async ({ context, params }) =>
  accepted(await cancelRun(context, { run: params.id! })),
);
