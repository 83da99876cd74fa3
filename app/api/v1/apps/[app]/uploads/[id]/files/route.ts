import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/release-routes.ts";
import { addUploadFiles } from "#lib/operations/uploads.ts";

export const POST = endpoint(api.addUploadFiles, ({ context, params, body }) =>
  addUploadFiles(context, params.app!, params.id!, body),
);
