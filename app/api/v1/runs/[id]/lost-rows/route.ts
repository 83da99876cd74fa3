import { Readable } from "node:stream";
import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { lostRows } from "#lib/operations/read/lost-rows.ts";

export const GET = endpoint(api.lostRows, async ({ context, params }) => {
  const { fileName, bytes, content } = await lostRows(context, params.id!);
  return new Response(Readable.toWeb(content) as ReadableStream<Uint8Array>, {
    headers: {
      "content-type": "application/jsonl",
      "content-length": String(bytes),
      "content-disposition": `attachment; filename="${fileName}"`,
      "cache-control": "no-store",
    },
  });
});
