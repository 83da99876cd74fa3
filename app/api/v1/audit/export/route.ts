import { Readable } from "node:stream";
import * as api from "#lib/http/access-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { auditFile } from "#lib/operations/read/audit-file.ts";
import { exportAudit } from "#lib/operations/read/audit-log.ts";

export const GET = endpoint(api.exportAudit, async ({ context, query }) => {
  const { format, ...filter } = query;
  const entries = exportAudit(context, filter);
  // The first is read before the head leaves, so that a refusal has its status.
  const first = await entries.next();
  async function* all() {
    if (!first.done) yield first.value;
    yield* entries;
  }
  return new Response(
    Readable.toWeb(
      Readable.from(auditFile(all(), format), { objectMode: false }),
    ) as ReadableStream<Uint8Array>,
    {
      headers: {
        "content-type": format === "csv" ? "text/csv; charset=utf-8" : "application/jsonl",
        "content-disposition": `attachment; filename="signalbox-audit.${format}"`,
        "cache-control": "no-store",
      },
    },
  );
});
