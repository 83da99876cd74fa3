/** What every endpoint of the API does before and after its one call. */
import type { z } from "zod";
import { isSameOrigin } from "#lib/auth/site-origin.ts";
import { appsWithRole, type OperationContext, requireRole } from "#lib/operations/context.ts";
import { OperationError } from "#lib/operations/errors.ts";
import { parseInput } from "#lib/operations/parse-input.ts";
import type { ApiRoute } from "./api-route.ts";
import { readJson } from "./body.ts";
import { DoorError, errorResponse } from "./errors.ts";
import { type Installation, installation } from "./installation.ts";
import { knownRequest } from "./request-context.ts";

export interface Call<R extends ApiRoute> {
  request: Request;
  context: OperationContext;
  site: Installation;
  params: Record<string, string>;
  query: R["query"] extends z.ZodType ? z.output<R["query"]> : undefined;
  /** Its keys, checked. Verbs check their own input again. */
  body: R["body"] extends z.ZodType ? z.output<R["body"]> : undefined;
}

/** As Next passes it. */
interface RouteArguments {
  params: Promise<Record<string, string> | undefined>;
}

type Handler = (request: Request, route: RouteArguments) => Promise<Response>;

/** A plain object that is returned becomes the JSON answer with the route's status. */
export function endpoint<R extends ApiRoute>(
  route: R,
  handle: (call: Call<R>) => Promise<Response | object>,
): Handler {
  return async (request, { params }) => {
    try {
      const site = installation();
      // Next passes none where the path has none.
      const given = (await params) ?? {};
      const context = await admit(request, route, given, site);
      const result = await handle({
        request,
        context,
        site,
        params: given,
        query: readQuery(request, route),
        body: route.body ? parseInput(route.body, await readJson(request, route.maxBodyBytes)) : undefined,
      } as Call<R>);
      if (result instanceof Response) return result;
      return Response.json(result, {
        status: route.status ?? 200,
        headers: { "cache-control": "no-store" },
      });
    } catch (error) {
      return errorResponse(error);
    }
  };
}

async function admit(
  request: Request,
  route: ApiRoute,
  params: Record<string, string>,
  site: Installation,
): Promise<OperationContext> {
  const known = await knownRequest(request.headers, site);
  if (known === null) {
    throw new DoorError("unauthenticated", "This needs an API token (Authorization: Bearer) or a session.");
  }
  const changes = request.method !== "GET" && request.method !== "HEAD";
  if (known.by === "cookie" && changes && !isSameOrigin(request.headers, site.dashboardHosts)) {
    throw new OperationError("forbidden", "This request does not come from the dashboard's own pages.");
  }
  if (!route.within) requireRole(known.context, route.role, appIn(route, params));
  // Who sees nothing yet gets empty lists; who may do it nowhere need not be looked up.
  else if (route.role !== "viewer" && appsWithRole(known.context, route.role)?.length === 0)
    requireRole(known.context, route.role);
  return known.context;
}

const appIn = (route: ApiRoute, { app }: Record<string, string>): string | undefined =>
  route.path.includes("{app}") ? app : undefined;

/** A key that is there twice, or that the route does not know, is refused like any other wrong input. */
function readQuery(request: Request, route: ApiRoute): unknown {
  if (!route.query) return undefined;
  const given: Record<string, string> = {};
  for (const [key, value] of new URL(request.url).searchParams) {
    if (key in given) throw new OperationError("invalid", `${key}: given twice`);
    given[key] = value;
  }
  return parseInput(route.query, given);
}
