import { Readable } from "node:stream";
import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { backup } from "#lib/operations/backup.ts";

export const GET = endpoint(api.backupStore, async ({ context, site }) => {
  const { fileName, content } = await backup(context, site.storeUrl);
  return new Response(Readable.toWeb(content) as ReadableStream<Uint8Array>, {
    headers: {
      "content-type": "application/gzip",
      "content-disposition": `attachment; filename="${fileName}"`,
      "cache-control": "no-store",
    },
  });
});
