/**
 * Makes a folder that can be deployed as a release of the shop: its sources, its manifest and its packages. The
 * packages are copied from this repository's, so that a deploy needs no registry and takes no time; an app of your
 * own would have `build: npm ci` in its manifest instead.
 */
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Faults that only one release has: see releases/<version>. */
const FAULTS = ["faults/health.ts", "faults/writes.ts"];
/** What a release does not have yet, or does not have. */
const LACKS = {
  "1.0.0": ["pages/reviews.ts", "migrations/0002_order_rating.sql", ...FAULTS],
  "1.1.0": FAULTS,
  /** Starts, and is never healthy. */
  "1.2.0": ["faults/writes.ts"],
  /** Healthy, and answers a tenth of the writes with 500. */
  "1.3.0": ["faults/health.ts"],
} satisfies Record<string, string[]>;

export type ShopVersion = keyof typeof LACKS;
export const SHOP_VERSIONS = Object.keys(LACKS) as ShopVersion[];

const here = fileURLToPath(new URL(".", import.meta.url));

/**
 * Writes the release into `target`, replacing one that an earlier call made. Rejects when something else is there.
 */
export async function assembleShop(version: ShopVersion, target: string): Promise<void> {
  const folder = resolve(target);
  const half = join(dirname(folder), `.${basename(folder)}-${process.pid}`);
  try {
    await mkdir(half, { recursive: true });
    await cp(join(here, "src"), half, { recursive: true });
    await cp(join(here, "releases", version), half, { recursive: true });
    for (const file of LACKS[version]) await rm(join(half, file));
    await copyPackages(join(here, "src", "package.json"), join(half, "node_modules"), new Set());
    await removeEarlier(folder);
    await rename(half, folder);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

/** Copies what a package.json depends on and what that depends on, all side by side. */
async function copyPackages(manifest: string, modules: string, done: Set<string>): Promise<void> {
  const { dependencies = {} } = JSON.parse(await readFile(manifest, "utf8"));
  for (const name of Object.keys(dependencies)) {
    if (done.has(name)) continue;
    done.add(name);
    const source = packageFolder(name, manifest);
    await cp(source, join(modules, name), {
      recursive: true,
      filter: (path) => path !== join(source, "node_modules"),
    });
    await copyPackages(join(source, "package.json"), modules, done);
  }
}

function packageFolder(name: string, from: string): string {
  for (const path of createRequire(from).resolve.paths(name) ?? []) {
    const folder = join(path, name);
    if (existsSync(join(folder, "package.json"))) return folder;
  }
  throw new Error(`the package ${name} is not installed; run npm ci in the repository first`);
}

async function removeEarlier(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const manifest = await readFile(join(folder, "signalbox.yaml"), "utf8").catch(() => "");
  if (!manifest.startsWith("name: shop\n")) throw new Error(`${folder} exists and is no release of the shop`);
  await rm(folder, { recursive: true });
}

if (import.meta.main) {
  const [version, target] = process.argv.slice(2);
  if (!target || !SHOP_VERSIONS.includes(version as ShopVersion)) {
    console.error(`usage: node examples/shop/assemble.ts ${SHOP_VERSIONS.join("|")} FOLDER`);
    process.exit(2);
  }
  await assembleShop(version as ShopVersion, target);
  console.log(resolve(target));
}
