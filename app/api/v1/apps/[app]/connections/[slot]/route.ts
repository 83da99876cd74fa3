import * as api from "#lib/http/adoption-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { connection } from "#lib/operations/connection.ts";

export const POST = endpoint(api.slotConnection, async ({ context, params, body }) => ({
  connections: await connection(context, { ...body, app: params.app!, slot: params.slot as "blue" }),
}));
