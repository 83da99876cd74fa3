/** What is told about one endpoint: checked by the handler, written into the API's document. */
import type { z } from "zod";
import type { Role } from "#lib/operations/role.ts";

export interface ApiRoute {
  method: "GET" | "POST" | "DELETE";
  /** Below /api/v1, with `{param}` in it. */
  path: string;
  /** Unique, camelCase. */
  id: string;
  summary: string;
  /** Least role. */
  role: Role;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Of success; default 200. */
  status?: 200 | 201 | 202;
  answer: z.ZodType | { stream: string } | { download: string };
}
