/** Under which OS user an app's commands run. */
import { createHash } from "node:crypto";
import { chmod, chown, mkdir } from "node:fs/promises";
import type { Home } from "#lib/config/home.ts";
import { ensureUser, type OsUser } from "#lib/config/os-user.ts";
import type { SlotRef } from "#lib/engine/model.ts";
import { Refusal } from "#lib/engine/ports.ts";
import { appPaths, type SlotPaths, slotPaths } from "./paths.ts";

/** Linux allows 32 characters. */
export function osUserName(app: string): string {
  const name = `sb-${app}`;
  if (name.length <= 32) return name;
  return `${name.slice(0, 23)}-${createHash("sha256").update(app).digest("hex").slice(0, 8)}`;
}

/** As root a user of the app's own, created when missing; otherwise null: as whoever we are. */
async function appUser(app: string, mode: "auto" | "same"): Promise<OsUser | null> {
  if (mode === "same" || process.getuid?.() !== 0) return null;
  const name = osUserName(app);
  return ensureUser(name).catch((error) => {
    throw new Refusal(
      "no-os-user",
      `The OS user ${name} could not be created: ${error.message}.`,
      `Create it by hand (useradd --system --no-create-home ${name}), then try again.`,
      { cause: error },
    );
  });
}

/** Makes the app's folders: open to its own user, closed to the other apps'. Returns that user. */
export async function prepareApp(home: Home, app: string, mode: "auto" | "same"): Promise<OsUser | null> {
  const paths = appPaths(home, app);
  const user = await appUser(app, mode);
  await folder(paths.dir, 0o750, user && { uid: 0, gid: user.gid });
  await folder(paths.releases, 0o755, null);
  await folder(paths.buildHome, 0o700, user);
  return user;
}

/** Makes the slot's folders as well. */
export async function prepareSlot(
  home: Home,
  ref: SlotRef,
  mode: "auto" | "same",
): Promise<{ paths: SlotPaths; user: OsUser | null }> {
  const user = await prepareApp(home, ref.app, mode);
  const paths = slotPaths(home, ref);
  await folder(paths.dir, 0o755, null);
  await folder(paths.state, 0o700, null);
  await folder(paths.logs, 0o700, null);
  await folder(paths.home, 0o700, user);
  return { paths, user };
}

/** The mode is set apart: our own umask must not close what an app needs. */
async function folder(dir: string, mode: number, owner: OsUser | null): Promise<void> {
  await mkdir(dir, { recursive: true });
  if (owner) await chown(dir, owner.uid, owner.gid);
  await chmod(dir, mode);
}
