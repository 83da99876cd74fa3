/**
 * The socket that visitors reach, bound here and served by others: every worker takes connections from the same one,
 * and what nobody has taken yet waits in it. It lives until the last process that has it is gone.
 */
import { lookup } from "node:dns/promises";
import net from "node:net";
import { getSystemErrorName } from "node:util";

export interface BoundSocket {
  /** Hand it to a child's `stdio`, or this object to `server.listen`. */
  fd: number;
  address: { host: string; port: number };
  close(): void;
}

interface Handle {
  fd: number;
  getsockname(out: object): number;
  close(): void;
}

/** Binding without listening; Node's cluster is made of it. A server takes the handle itself in `listen`. */
const createHandle = (
  net as unknown as {
    _createServerHandle(
      host: string,
      port: number,
      family: number,
      fd: undefined,
      flags: number,
    ): Handle | number;
  }
)._createServerHandle;

const SHARED = 2;

/**
 * Rejects with EADDRINUSE when somebody listens there. `shared`: another generation of the same gateway may bind it
 * too; `beside`: one that is about to end listens there now.
 */
export async function bindSocket(
  host: string,
  port: number,
  { shared = false, beside = false } = {},
): Promise<BoundSocket & { handle: object }> {
  const { address, family } = await lookup(host);
  // With the flag the kernel lets several listen at once, so a stranger of the same user must be looked for.
  if (port !== 0 && shared && !beside) bound(address, port, family, 0).handle.close();
  const { handle, taken } = bound(address, port, family, shared ? SHARED : 0);
  return { handle, fd: handle.fd, address: { host, port: taken }, close: () => handle.close() };
}

function bound(
  address: string,
  port: number,
  family: number,
  flags: number,
): { handle: Handle; taken: number } {
  const handle = createHandle(address, port, family, undefined, flags);
  if (typeof handle === "number") throw systemError(handle, address, port);
  const out: { port?: number } = {};
  // A taken port is not reported before this.
  const error = handle.getsockname(out);
  if (error !== 0) {
    handle.close();
    throw systemError(error, address, port);
  }
  return { handle, taken: out.port ?? port };
}

function systemError(number: number, address: string, port: number): Error {
  const code = getSystemErrorName(number);
  return Object.assign(new Error(`${code}: can't listen on ${address} port ${port}`), { code });
}
