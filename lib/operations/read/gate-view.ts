/** What visitors of an app meet now, from the lock files: true even when every process is away. */
import { statSync } from "node:fs";
import type { Home } from "#lib/config/home.ts";
import { lockPath } from "#lib/gate/lock-file.ts";
import { gateStatus } from "#lib/gate/person-lock.ts";
import type { GateView } from "../views.ts";

export function gateView(home: Home, app: string): GateView {
  const { state, by, scope, message } = gateStatus(home, app);
  if (scope === null) return { state, by, message, since: null };
  return { state, by, message, since: writtenAt(lockPath(home, scope === "app" ? app : null)) };
}

function writtenAt(path: string): string | null {
  return statSync(path, { throwIfNoEntry: false })?.mtime.toISOString() ?? null;
}
