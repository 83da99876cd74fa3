import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/live-change-routes.ts";
import { unsetVariable } from "#lib/operations/variables.ts";

export const DELETE = endpoint(api.unsetVariable, ({ context, params, query }) =>
  unsetVariable(context, { app: params.app!, name: params.name!, ...query }),
);
