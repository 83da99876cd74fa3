/** NDJSON to whoever asked the engine, as fast as it is read. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Ends with the lines, or when the caller hangs up, which `signal` of `lines` says. */
export async function sendLines(
  request: IncomingMessage,
  response: ServerResponse,
  lines: (signal: AbortSignal) => AsyncIterable<unknown>,
): Promise<void> {
  const ending = new AbortController();
  request.socket.once("close", () => ending.abort());
  const { signal } = ending;
  response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
  response.flushHeaders();
  try {
    for await (const line of lines(signal)) {
      const more = response.write(`${JSON.stringify(line)}\n`);
      if (!more) await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
      if (signal.aborted) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  response.end();
}
