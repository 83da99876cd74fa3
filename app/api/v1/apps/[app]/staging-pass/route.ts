import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { stagingPass } from "#lib/operations/read/staging-pass.ts";

export const GET = endpoint(api.stagingPass, ({ context, params }) => stagingPass(context, params.app!));
