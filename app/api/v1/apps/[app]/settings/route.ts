import { endpoint } from "#lib/http/endpoint.ts";
import * as api from "#lib/http/live-change-routes.ts";
import { changeSettings, getSettings } from "#lib/operations/settings.ts";

export const GET = endpoint(api.getSettings, ({ context, params }) => getSettings(context, params.app!));

export const PATCH = endpoint(api.changeSettings, ({ context, params, body }) =>
  changeSettings(context, { app: params.app!, settings: body }),
);
