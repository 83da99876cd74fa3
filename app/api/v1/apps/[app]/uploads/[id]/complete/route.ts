import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/release-routes.ts";
import { completeUpload } from "#lib/operations/uploads.ts";

export const POST = endpoint(api.completeUpload, ({ context, request, params }) =>
  completeUpload(context, params.app!, params.id!, request.signal),
);
