/** Request bodies: JSON, and not too much of it. */
import { OperationError } from "#lib/operations/errors.ts";
import { DoorError } from "./errors.ts";

export const MAX_BODY_BYTES = 1024 * 1024;

/** No body at all is `{}`. Throws `too-large`, `unsupported` or `invalid`. */
export async function readJson(
  request: Request,
  maxBytes = MAX_BODY_BYTES,
): Promise<Record<string, unknown>> {
  const text = (await readBytes(request, maxBytes)).toString("utf8");
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

/** Counted as it comes: what Content-Length says is the client's word. Throws `too-large`. */
export async function readBytes(request: Request, maxBytes: number): Promise<Buffer> {
  if (request.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes)
      throw new DoorError("too-large", `The body is larger than ${Math.round(maxBytes / 1024 ** 2)} MB.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
