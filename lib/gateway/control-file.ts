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

/**
 * Announces this process. Call it before the first visitor can come: who writes a lock and then looks for gateways
 * must find every one that let a request pass before it could see that lock.
 */
export async function announce(
  home: Home,
  own: Pick<ControlFile, "id" | "address" | "secret" | "keeper">,
): Promise<void> {
  const { run } = homePaths(home);
  mkdirSync(run, { recursive: true, mode: 0o700 });
  const content: ControlFile = { ...own, ...identityOf(process.pid) };
  await writeWhole(join(run, `gateway-${own.id}.json`), `${JSON.stringify(content)}\n`);
}

/** Whether this process's announcement stands. */
export const isAnnounced = (home: Home, id: string): boolean =>
  readControlFile(join(homePaths(home).run, `gateway-${id}.json`))?.pid === process.pid;

/** Takes the announcement back, unless a later process of the same id has made its own. */
export function withdraw(home: Home, id: string): void {
  if (isAnnounced(home, id)) rmSync(join(homePaths(home).run, `gateway-${id}.json`), { force: true });
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

/** Whether a gateway that was alive has withdrawn or died since. */
export const hasLeft = (home: Home, gateway: ControlFile): boolean =>
  !livingGateways(home).some(({ pid, secret }) => pid === gateway.pid && secret === gateway.secret);

function readControlFile(path: string): ControlFile | null {
  try {
    return controlFile.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null;
  }
}
