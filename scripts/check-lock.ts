/**
 * Whether package-lock.json names every optional dependency. A registry that keeps only some platforms' packages
 * makes `npm install` leave the others out, and then `npm ci` refuses the file everywhere. `--write` adds them.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { REPOSITORY } from "#lib/config/environment.ts";

const FILE = join(REPOSITORY, "package-lock.json");
const PLATFORMS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const PROCESSORS = ["arm64", "x64", "ia32", "ppc64", "riscv64", "s390x", "wasm32", "arm"];

const lockSchema = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      dev: z.boolean().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
type Lock = z.infer<typeof lockSchema>;
type Entry = Lock["packages"][string];

/** Path in the lock file → the entry that is missing there. */
export function missingEntries({ packages }: Lock): Map<string, Entry> {
  const missing = new Map<string, Entry>();
  for (const [path, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
    if (path === "") continue;
    for (const [name, version] of Object.entries(optionalDependencies)) {
      // Ranges can't be guessed; platform packages are pinned by those that need them.
      if (!/^\d/.test(version) || isFound(packages, path, name)) continue;
      missing.set(`node_modules/${name}`, platformEntry(name, version, dev));
    }
  }
  return missing;
}

/** Looks where Node looks: in the package's own node_modules and in all above. */
function isFound(packages: Lock["packages"], from: string, name: string): boolean {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
    if (`${at ? `${at}/` : ""}node_modules/${name}` in packages) return true;
    if (at === "") return false;
  }
}

/** npm leaves a package out by `os` and `cpu`, so those must be right; they are in such a package's name. */
function platformEntry(name: string, version: string, dev: boolean | undefined): Entry {
  const words = name.slice(name.lastIndexOf("/") + 1).split("-");
  const os = PLATFORMS.find((word) => words.includes(word));
  const cpu = PROCESSORS.find((word) => words.includes(word));
  return {
    version,
    ...(cpu && { cpu: [cpu] }),
    ...(dev && { dev }),
    ...(os === "linux" && { libc: [words.some((word) => word.startsWith("musl")) ? "musl" : "glibc"] }),
    optional: true,
    ...(os && { os: [os] }),
  };
}

if (import.meta.main) {
  const lock = JSON.parse(await readFile(FILE, "utf8"));
  const missing = missingEntries(lockSchema.parse(lock));
  if (process.argv.includes("--write")) {
    // In npm's own order, so that its next change is small.
    const all = [...Object.entries(lock.packages), ...missing];
    lock.packages = Object.fromEntries(all.sort(([a], [b]) => a.localeCompare(b, "en")));
    await writeFile(FILE, `${JSON.stringify(lock, null, 2)}\n`);
    console.log(`added ${missing.size} entries`);
  } else if (missing.size > 0) {
    console.log(`package-lock.json lacks ${[...missing.keys()].join(", ")}`);
    console.log("npm ci will refuse it; run: node scripts/check-lock.ts --write");
    process.exitCode = 1;
  }
}
