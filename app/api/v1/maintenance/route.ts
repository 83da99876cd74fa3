import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { maintenanceForAll } from "#lib/operations/maintenance.ts";

export const POST = endpoint(api.maintenanceForAll, ({ context, body }) => maintenanceForAll(context, body));
