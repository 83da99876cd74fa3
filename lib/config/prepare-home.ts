/** Makes a home, or checks the one that is there. Safe to repeat and to be killed in the middle of. */
import { createHash, randomBytes } from "node:crypto";
import { access, chmod, mkdir, readFile, realpath, rm, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createWhole, writeWhole } from "./atomic-file.ts";
import type { Environment } from "./environment.ts";
import { appMaintenance, type Home, homePaths } from "./home.ts";
import { openHome } from "./open-home.ts";
import { newKey, readKeyRing, writeKeyRing } from "./seal.ts";

const SHARED_ROOTS = "/var/lib/signalbox";

/**
 * Creates what is missing of a home: folders, secret key and, as root, the place that other OS users can reach.
 * As root in a folder open to others the home itself can be passed through (0711), else it is 0700.
 */
export async function prepareHome(environment: Pick<Environment, "home" | "maintenance">): Promise<Home> {
  const dir = environment.home;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const asRoot = process.getuid?.() === 0;
  const open = asRoot && (await othersReach(dirname(await realpath(dir))));
  await chmod(dir, open ? 0o711 : 0o700);
  await ensureSecretKey(openHome(environment));
  if (asRoot && !open) await ensureRootElsewhere(dir);
  const home = openHome(environment);
  await ensureSealKeys(home);
  const paths = homePaths(home);
  for (const folder of [paths.run, paths.logs, paths.lost, paths.uploads]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  }
  await mkdir(paths.apps, { recursive: true, mode: 0o711 });
  await mkdir(home.maintenance, { recursive: true, mode: 0o755 });
  return home;
}

/**
 * The folder under maintenance/ that an app sees. Where the home is closed to other OS users it lies in the
 * home's root and maintenance/<app> is a link to it.
 */
export async function ensureAppMaintenance(home: Home, app: string): Promise<string> {
  const visible = appMaintenance(home, app);
  if (home.root === home.dir) {
    await mkdir(visible, { recursive: true, mode: 0o755 });
    return visible;
  }
  const real = join(home.root, "maintenance", app);
  await mkdir(real, { recursive: true, mode: 0o755 });
  await symlink(real, visible).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return visible;
}

/** Deletes a home and, where it has one, its root elsewhere. Nothing of it may run. */
export async function removeHome(home: Home): Promise<void> {
  if (home.root !== home.dir && dirname(home.root) === SHARED_ROOTS) {
    await rm(home.root, { recursive: true, force: true });
  }
  await rm(home.dir, { recursive: true, force: true });
}

async function ensureSecretKey(home: Home): Promise<void> {
  const { secretKey, store } = homePaths(home);
  const there = await readFile(secretKey, "utf8").catch(() => null);
  if (there !== null) {
    if (/^[0-9a-f]{64}\s*$/.test(there)) return void (await chmod(secretKey, 0o600));
    throw new Error(`${secretKey} should hold 64 hex digits and does not; restore it from a backup`);
  }
  if (await exists(store)) {
    throw new Error(
      `${secretKey} is missing, and the databases in ${store} can't be opened without it; restore it from a backup`,
    );
  }
  await createWhole(secretKey, `${randomBytes(32).toString("hex")}\n`);
}

/** A ring that is lost is not made anew over sealed values in secret: unsealing says which key is missing. */
async function ensureSealKeys(home: Home): Promise<void> {
  if (await exists(homePaths(home).sealKeys)) return void readKeyRing(home);
  const { id, key } = newKey();
  await writeKeyRing(home, { current: id, keys: { [id]: key } });
}

async function ensureRootElsewhere(dir: string): Promise<void> {
  const pointer = join(dir, "root");
  let root = (await readFile(pointer, "utf8").catch(() => "")).trim();
  if (!root) {
    if (await exists(join(dir, "store"))) {
      throw new Error(
        `${dir} was made where other users could reach it, and its folder is closed to them now. PostgreSQL does ` +
          "not run as root, so either open the folders above it (chmod o+x) or start as an ordinary user.",
      );
    }
    // Of the key too: a home that was deleted and made again must not find the old one's databases.
    const key = await readFile(join(dir, "secret.key"), "utf8");
    const id = createHash("sha256")
      .update(`${await realpath(dir)}\n${key}`)
      .digest("hex")
      .slice(0, 16);
    root = join(SHARED_ROOTS, id);
    await writeWhole(pointer, `${root}\n`, 0o644);
  }
  await mkdir(root, { recursive: true, mode: 0o711 });
  // For whoever wonders what this folder is.
  await createWhole(join(root, "home"), `${dir}\n`, 0o644);
}

/** Whether any OS user can pass through a folder and all above it. */
async function othersReach(dir: string): Promise<boolean> {
  for (let at = dir; ; at = dirname(at)) {
    if (!((await stat(at)).mode & 0o001)) return false;
    if (at === dirname(at)) return true;
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
