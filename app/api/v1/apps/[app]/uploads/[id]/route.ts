import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/release-routes.ts";
import { cancelUpload, getUpload } from "#lib/operations/uploads.ts";

export const GET = endpoint(api.getUpload, ({ context, params }) =>
  getUpload(context, params.app!, params.id!),
);

export const DELETE = endpoint(api.cancelUpload, async ({ context, params }) => {
  await cancelUpload(context, params.app!, params.id!);
  return { cancelled: params.id! };
});
