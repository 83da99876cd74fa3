import * as api from "#lib/http/adoption-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { adoptionCheckView } from "#lib/operations/read/adoption-check.ts";

export const POST = endpoint(api.checkAdoption, ({ context, body }) => adoptionCheckView(context, body));
