import * as api from "#lib/http/access-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { listAudit } from "#lib/operations/read/audit-log.ts";

export const GET = endpoint(api.listAudit, async ({ context, query }) => ({
  entries: await listAudit(context, query),
}));
