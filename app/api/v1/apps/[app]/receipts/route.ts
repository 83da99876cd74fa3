import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { listReceipts } from "#lib/operations/read/receipts.ts";

export const GET = endpoint(api.listReceipts, async ({ context, params, query }) => ({
  receipts: await listReceipts(context, params.app!, query),
}));
