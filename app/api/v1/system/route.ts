import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { readSystem } from "#lib/operations/read/system.ts";

export const GET = endpoint(api.getSystem, ({ context, site }) => readSystem(context, site.environment));
