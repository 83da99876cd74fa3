/** The API's document (OpenAPI 3.1), made of the schemas that the handlers check with. */
import { z } from "zod";
import { finding } from "#lib/engine-service/control.ts";
import { ERROR_CODES } from "#lib/operations/errors.ts";
import { verbs } from "#lib/operations/verbs.ts";
import type { ApiRoute } from "./api-route.ts";
import { actOnApp, apiRoutes } from "./api-routes.ts";
import { runSummary } from "./view-schemas.ts";

type Json = Record<string, unknown>;

const errorBody = z.strictObject({
  error: z.strictObject({
    code: z.enum([...ERROR_CODES, "unauthenticated", "too-many", "too-large", "unsupported", "internal"]),
    message: z.string(),
    remedy: z.string().optional(),
    findings: z.array(finding).optional(),
    run: runSummary.optional(),
  }),
});

export function openApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const route of apiRoutes.flatMap(oneEach)) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Signalbox",
      version: "1",
      description: "Acts answer 202 with a run; follow it at its url. See docs/api.md.",
    },
    servers: [{ url: "/api/v1" }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "An API token, sbx_…" } },
      schemas: { Error: schema(errorBody, "output") },
      responses: {
        Error: {
          description: "It did not happen; the body says why and what to do.",
          content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
        },
      },
    },
  };
}

/** The one handler for all verbs is as many operations, each with its own body. */
function oneEach(route: ApiRoute): ApiRoute[] {
  if (route !== actOnApp) return [route];
  return Object.entries(verbs)
    .filter(([verb]) => verb !== "init" && verb !== "adopt")
    .map(([verb, { input, role, summary }]) => ({
      ...route,
      path: route.path.replace("{verb}", verb),
      id: verb,
      summary,
      role,
      body: input.omit({ app: true }),
    }));
}

function operation(route: ApiRoute): Json {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const query = route.query ? (schema(route.query, "input") as { properties: Record<string, Json> }) : null;
  const inQuery = Object.entries(query?.properties ?? {}).map(([name, one]) => ({
    name,
    in: "query",
    schema: one,
  }));
  const parameters = [...inPath, ...inQuery];
  return {
    operationId: route.id,
    summary: route.summary,
    description: `Needs the role ${route.role}.`,
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && {
      requestBody: {
        required: !route.body.safeParse({}).success,
        content: { "application/json": { schema: schema(route.body, "input") } },
      },
    }),
    ...(route.rawBytes && {
      requestBody: {
        required: true,
        content: {
          "application/octet-stream": {
            schema: { type: "string", format: "binary", maxLength: route.rawBytes },
          },
        },
      },
    }),
    responses: {
      [route.status ?? 200]: { description: "It is so.", content: content(route.answer) },
      default: { $ref: "#/components/responses/Error" },
    },
  };
}

function content(answer: ApiRoute["answer"]): Json {
  if ("stream" in answer) {
    return { "text/event-stream": { schema: { type: "string", description: answer.stream } } };
  }
  if ("download" in answer) return { [answer.download]: { schema: { type: "string" } } };
  return { "application/json": { schema: schema(answer, "output") } };
}

function schema(value: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(value, { io, unrepresentable: "any" });
  return rest;
}
