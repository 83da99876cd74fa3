/** One question to an address of somebody else's process. */
import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";
import { connect } from "node:net";

export type OriginReply =
  | { kind: "answered"; status: number; server: string | null; ms: number }
  /** `code` is Node's own: ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED … */
  | { kind: "failed"; code: string; why: string };

/** Certificates are checked; redirects are answers like others. The body is not read. */
export function askOrigin(origin: string, path: string, signal: AbortSignal): Promise<OriginReply> {
  const started = performance.now();
  const url = new URL(path, origin);
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => {
      const code = signal.aborted ? "ETIMEDOUT" : (error.code ?? "EUNKNOWN");
      const why = signal.aborted ? "no answer in time" : (error.code ?? error.message);
      resolve({ kind: "failed", code, why });
    };
    const get = url.protocol === "https:" ? getSecure : getPlain;
    const request = get(url, { agent: false, signal, headers: { "user-agent": "signalbox-health" } });
    request.once("error", fail);
    request.once("response", (response) => {
      const { server } = response.headers;
      resolve({
        kind: "answered",
        status: response.statusCode ?? 0,
        server: typeof server === "string" ? server.slice(0, 100) : null,
        ms: performance.now() - started,
      });
      response.once("error", () => {});
      response.destroy();
    });
  });
}

/** Whether anybody accepts connections there. */
export function listens(origin: string, timeoutMs: number): Promise<boolean> {
  const { hostname, port, protocol } = new URL(origin);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || (protocol === "https:" ? 443 : 80),
      timeout: timeoutMs,
    });
    const say = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => say(true));
    socket.once("timeout", () => say(false));
    socket.once("error", () => say(false));
  });
}
