import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/release-routes.ts";
import { beginUpload } from "#lib/operations/uploads.ts";

export const POST = endpoint(api.beginUpload, ({ context, params, body }) =>
  beginUpload(context, params.app!, body),
);
