/** Calls to the processes that listen on loopback with a secret: gateways and engines. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Home, homePaths } from "#lib/config/home.ts";
import { type ControlFile, controlFile, SECRET_HEADER } from "#lib/gateway/control.ts";
import { isAlive } from "#lib/observability/process-identity.ts";

/** Those that live now, by their files in `<home>/run`. Empty when the folder is not there. */
export function livingProcesses(home: Home, kind: "gateway" | "engine"): ControlFile[] {
  const dir = homePaths(home).run;
  return namesIn(dir)
    .filter((name) => name.startsWith(kind) && name.endsWith(".json"))
    .map((name) => readControlFile(join(dir, name)))
    .filter((file) => file !== null && isAlive(file)) as ControlFile[];
}

/** Rejects when there is no answer in time or it is not a 200. The body is left unread. */
export async function callControl(
  { address, secret }: ControlFile,
  call: string,
  body: unknown,
  options: { signal: AbortSignal },
): Promise<Response> {
  const response = await fetch(`http://${address.host}:${address.port}/${call}`, {
    method: "POST",
    headers: { "content-type": "application/json", [SECRET_HEADER]: secret },
    body: JSON.stringify(body),
    signal: options.signal,
  });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new Error(`${call} was answered ${response.status}`);
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}

/** Null for a file that is being written, or of another shape. */
function readControlFile(path: string): ControlFile | null {
  try {
    return controlFile.safeParse(JSON.parse(readFileSync(path, "utf8"))).data ?? null;
  } catch {
    return null;
  }
}
