/** What Node's parser lets through and a gateway must not: anything that the slot might read in another way. */
import type { IncomingMessage } from "node:http";

/** Bytes of the request's head, about as they came; -1 when the request can't be passed on. */
export function headBytesOf(req: IncomingMessage): number {
  const { rawHeaders, headers } = req;
  const encoding = headers["transfer-encoding"];
  if (encoding !== undefined) {
    // Other codings would arrive without their name, and HTTP/1.0 knows none.
    if (encoding.toLowerCase() !== "chunked" || req.httpVersionMinor === 0) return -1;
  }
  if (req.httpVersionMajor !== 1 || !isTarget(req.url!)) return -1;
  let bytes = req.method!.length + req.url!.length + 12;
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    bytes += name.length + rawHeaders[index + 1]!.length + 4;
    if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  // HTTP/1.0 may leave it out.
  if (hosts > 1 || headers.host === "" || (hosts === 0 && req.httpVersionMinor > 0)) return -1;
  return bytes;
}

/** A path or a whole web address; not `*`, another scheme, or an address with a password. */
function isTarget(url: string): boolean {
  if (url.startsWith("/")) return true;
  const whole = URL.parse(url);
  return whole !== null && /^https?:$/.test(whole.protocol) && whole.username === "" && whole.password === "";
}

/** Whether a body follows. */
export const hasBody = ({ headers }: IncomingMessage): boolean => {
  const length = headers["content-length"];
  return (length !== undefined && length !== "0") || headers["transfer-encoding"] !== undefined;
};
