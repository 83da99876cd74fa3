import { readBytes } from "#lib/http/body.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/release-routes.ts";
import { putUploadArchive } from "#lib/operations/uploads.ts";

export const PUT = endpoint(api.putUploadArchive, async ({ context, request, params, query }) => {
  const bytes = await readBytes(request, api.putUploadArchive.rawBytes);
  return putUploadArchive(context, params.app!, params.id!, { offset: query.offset ?? 0, bytes });
});
