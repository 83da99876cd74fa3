/** What is told about one endpoint: checked by the handler, written into the API's document. */
import type { z } from "zod";
import type { Role } from "#lib/operations/role.ts";

export interface ApiRoute {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below /api/v1, with `{param}` in it. */
  path: string;
  /** Unique, camelCase. */
  id: string;
  summary: string;
  /** Least role: in the app when the path has an `{app}`, else in all apps. */
  role: Role;
  /** The role may be one in single apps: the operation looks which it is about, or shows only those. */
  within?: true;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Of the JSON body; default MAX_BODY_BYTES. */
  maxBodyBytes?: number;
  /** The body is bytes as they are, at most so many; the handler reads them. */
  rawBytes?: number;
  /** Of success; default 200. */
  status?: 200 | 201 | 202;
  answer: z.ZodType | { stream: string } | { download: string };
}
