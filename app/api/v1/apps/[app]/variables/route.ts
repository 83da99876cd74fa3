import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/live-change-routes.ts";
import { listVariables, setVariables } from "#lib/operations/variables.ts";

export const GET = endpoint(api.listVariables, ({ context, params }) => listVariables(context, params.app!));

export const PUT = endpoint(api.setVariables, ({ context, params, body }) =>
  setVariables(context, { app: params.app!, ...body }),
);
