import { openApiDocument } from "#lib/http/open-api.ts";

export const GET = (): Response => Response.json(openApiDocument());
