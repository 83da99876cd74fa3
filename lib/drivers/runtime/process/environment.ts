/** The environment of an app's commands. It starts empty: nothing of the engine's own reaches an app. */
import { constants } from "node:fs";
import { access, copyFile, mkdir, realpath, rename, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import { ensureAppMaintenance } from "#lib/config/prepare-home.ts";
import { MARKER } from "./proc.ts";

const STANDARD_PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * PATH for apps: the Node that runs us and the system's folders; for the same user also what our own PATH has beyond
 * them (an npm that came with a version manager), without the bin folders of packages.
 */
export async function appPath(home: Home, otherUser: boolean): Promise<string> {
  const own = (process.env.PATH ?? "")
    .split(":")
    .filter((dir) => isAbsolute(dir) && !/\/(node_modules\/\.bin|node-gyp-bin)\/?$/.test(dir));
  const beyond = otherUser ? [] : own;
  return [...new Set([await nodeFolder(home, otherUser), ...STANDARD_PATH, ...beyond])].join(":");
}

/** For spawn. Next's types want NODE_ENV in every environment; an app's has none. */
export const withMarker = (env: Record<string, string>, marker: string): NodeJS.ProcessEnv =>
  ({ ...env, [MARKER]: marker }) as unknown as NodeJS.ProcessEnv;

/** Where the app finds its lock. The link of a closed home is resolved: an app can't pass through that home. */
export const maintenanceFolder = async (home: Home, app: string): Promise<string> =>
  realpath(await ensureAppMaintenance(home, app));

/** A folder with our `node` that the app's user can reach: ours, or a copy under the home's root. */
async function nodeFolder(home: Home, otherUser: boolean): Promise<string> {
  const node = await realpath(process.execPath);
  if (!otherUser || (await openToOthers(node))) return dirname(node);
  const folder = join(home.root, "node", process.version);
  const copy = join(folder, "node");
  const there = await access(copy, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!there) {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const half = `${copy}.${process.pid}`;
    await copyFile(node, half, constants.COPYFILE_FICLONE);
    await rename(half, copy);
  }
  return folder;
}

async function openToOthers(file: string): Promise<boolean> {
  if (((await stat(file)).mode & 0o005) !== 0o005) return false;
  for (let dir = dirname(file); ; dir = dirname(dir)) {
    if (((await stat(dir)).mode & 0o001) === 0) return false;
    if (dir === "/") return true;
  }
}
