import { readBytes } from "#lib/http/body.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/release-routes.ts";
import { putUploadBlob } from "#lib/operations/uploads.ts";

export const PUT = endpoint(api.putUploadBlob, async ({ context, request, params, query }) => {
  const bytes = await readBytes(request, api.putUploadBlob.rawBytes);
  const piece = { offset: query.offset ?? 0, bytes };
  return putUploadBlob(context, params.app!, params.id!, params.sha256!, piece);
});
