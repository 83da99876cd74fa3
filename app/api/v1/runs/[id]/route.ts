import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { getRun } from "#lib/operations/read/runs.ts";

export const GET = endpoint(api.getRun, ({ context, params }) => getRun(context, params.id!));
