import { VERBS, type Verb } from "#lib/engine/model.ts";
import * as api from "#lib/http/api-routes.ts";
import { endpoint } from "#lib/http/endpoint.ts";
import { notFound } from "#lib/operations/errors.ts";
import { preflight } from "#lib/operations/read/preflight.ts";

export const GET = endpoint(api.preflightVerb, ({ context, params, query }) => {
  const verb = VERBS.find((known): known is Verb => known === params.verb);
  if (verb === undefined) throw notFound(`There is no verb ${params.verb}.`);
  const { lossy, ...rest } = query;
  const input = { ...rest, ...(lossy && { lossy: lossy === "true" }) };
  return preflight(context, params.app!, verb, Object.keys(input).length > 0 ? input : undefined);
});
