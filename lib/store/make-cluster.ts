/** initdb, all or nothing. */
import { execFile } from "node:child_process";
import { chown, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { PostgresPrograms } from "./postgres-binaries.ts";

const run = promisify(execFile);

/**
 * Makes a cluster in `dataDir` unless there is one: UTF-8, a collation that no update of the system can change,
 * passwords by SCRAM. Rejects when the one that is there belongs to another major version.
 */
export async function makeCluster(
  dataDir: string,
  password: string,
  programs: PostgresPrograms,
  durable: boolean,
): Promise<void> {
  const made = await readFile(join(dataDir, "PG_VERSION"), "utf8").catch(() => null);
  if (made !== null) {
    if (Number(made.trim()) === programs.major) return;
    throw new Error(
      `${dataDir} was made by PostgreSQL ${made.trim()} and the programs at hand are ${programs.major}. ` +
        "Dump it with its own version and restore it into a new home; nothing was changed.",
    );
  }
  const parent = dirname(dataDir);
  await mkdir(parent, { recursive: true, mode: 0o755 });
  // initdb works in a folder of another name, so that a crash in the middle leaves nothing that looks finished.
  const work = await mkdtemp(join(parent, ".initdb-"));
  try {
    const secret = join(work, "password");
    const half = join(work, "cluster");
    await writeFile(secret, `${password}\n`, { mode: 0o600 });
    if (programs.user) {
      await chown(work, programs.user.uid, programs.user.gid);
      await chown(secret, programs.user.uid, programs.user.gid);
    }
    const collation =
      programs.major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] : ["--locale=C.UTF-8"];
    const args = ["-D", half, "-U", "postgres", "--encoding=UTF8", ...collation, "--no-instructions"];
    args.push("--auth=scram-sha-256", `--pwfile=${secret}`, ...(durable ? [] : ["--no-sync"]));
    await run(programs.initdb, args, {
      cwd: "/",
      env: { NODE_ENV: "production", PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
      ...programs.user,
    });
    await rename(half, dataDir);
  } catch (error) {
    throw new Error(`PostgreSQL could not make its cluster in ${dataDir}: ${await reason(error, parent)}`, {
      cause: error,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function reason(error: unknown, parent: string): Promise<string> {
  const said = (error as { stderr?: string }).stderr?.trim() || String(error);
  if (!/Permission denied|could not access/.test(said)) return said;
  const mode = ((await stat(parent)).mode & 0o777).toString(8);
  return `${said}\nThe OS user that runs PostgreSQL must be able to reach ${parent} (mode ${mode}) and every folder above it.`;
}
