/** `<home>/run/gateway-<id>.json`: where a gateway's control port is and what opens it. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "#lib/config/atomic-file.ts";
import { type Home, homePaths } from "#lib/config/home.ts";
import { identityOf, isAlive } from "#lib/observability/process-identity.ts";
import { type ControlFile, controlFile } from "./control.ts";

const NAME = /^gateway-[a-z0-9-]+\.json$/;

export const newSecret = (): string => randomBytes(32).toString("hex");

/** Announces this process. Call it once the gateway listens. */
export async function announce(
  home: Home,
  id: string,
  address: { host: string; port: number },
  secret: string,
): Promise<void> {
  const { run } = homePaths(home);
  mkdirSync(run, { recursive: true, mode: 0o700 });
  const content: ControlFile = { id, ...identityOf(process.pid), address, secret };
  await writeWhole(join(run, `gateway-${id}.json`), `${JSON.stringify(content)}\n`);
}

/** Takes the announcement back, unless a later process of the same id has made its own. */
export function withdraw(home: Home, id: string): void {
  const path = join(homePaths(home).run, `gateway-${id}.json`);
  if (readControlFile(path)?.pid === process.pid) rmSync(path, { force: true });
}

/** Every gateway that lives on this machine. Files of dead processes are passed over. */
export function livingGateways(home: Home): ControlFile[] {
  const { run } = homePaths(home);
  let names: string[];
  try {
    names = readdirSync(run);
  } catch {
    return [];
  }
  return names
    .filter((name) => NAME.test(name))
    .map((name) => readControlFile(join(run, name)))
    .filter((file): file is ControlFile => file !== null && isAlive(file));
}

function readControlFile(path: string): ControlFile | null {
  try {
    return controlFile.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null;
  }
}
