import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { getApp } from "#lib/operations/read/apps.ts";

export const GET = endpoint(api.getApp, ({ context, params }) => getApp(context, params.app!));
