/** Request bodies: JSON, and not too much of it. */
import { OperationError } from "#lib/operations/errors.ts";
import { DoorError } from "./errors.ts";

export const MAX_BODY_BYTES = 1024 * 1024;

/** No body at all is `{}`. Throws `too-large`, `unsupported` or `invalid`. */
export async function readJson(request: Request): Promise<Record<string, unknown>> {
  const text = await readText(request);
  if (text.trim() === "") return {};
  const type = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new DoorError("unsupported", "The body must be application/json.");
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new OperationError("invalid", "The body is not valid JSON.");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new OperationError("invalid", "The body must be a JSON object.");
  }
  return body as Record<string, unknown>;
}

/** Counted as it comes: what Content-Length says is the client's word. */
async function readText(request: Request): Promise<string> {
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new DoorError("too-large", "The body is larger than 1 MB.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
