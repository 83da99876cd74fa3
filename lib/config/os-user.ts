/** OS users that programs run as when we are root. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface OsUser {
  uid: number;
  gid: number;
}

/** An OS user that can't log in, created when missing. Needs root. */
export async function ensureUser(name: string): Promise<OsUser> {
  const known = await lookUp(name);
  if (known) return known;
  const create = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name];
  // A shell that became root without a login may not have the folder of such programs in its PATH.
  const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
  await run("useradd", create, { env }).catch(async (error) => {
    if (!(await lookUp(name))) {
      throw new Error(`the OS user ${name} is missing and could not be created with useradd`, {
        cause: error,
      });
    }
  });
  const created = await lookUp(name);
  if (!created) throw new Error(`the OS user ${name} is not in /etc/passwd after useradd`);
  return created;
}

async function lookUp(name: string): Promise<OsUser | null> {
  const passwd = await readFile("/etc/passwd", "utf8");
  const fields = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find(([user]) => user === name);
  return fields?.[2] && fields[3] ? { uid: Number(fields[2]), gid: Number(fields[3]) } : null;
}
