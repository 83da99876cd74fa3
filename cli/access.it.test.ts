/** The commands about people, share links and keys, as processes of their own. */
import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REPOSITORY } from "#lib/config/environment.ts";
import { homePaths } from "#lib/config/home.ts";
import { newKey, readKeyRing, writeKeyRing } from "#lib/config/seal.ts";
import { type ApiSite, startApiSite } from "#lib/http/testing/api-site.ts";

let it: ApiSite;
let env: Record<string, string>;

beforeAll(async () => {
  it = await startApiSite();
  const { home } = it.site;
  const { id, key } = newKey();
  await writeKeyRing(home, { current: id, keys: { [id]: key } });
  env = {
    SIGNALBOX_URL: it.api.url,
    SIGNALBOX_TOKEN: await it.token("admin"),
    SIGNALBOX_HOME: home.dir,
    SIGNALBOX_MAINTENANCE: home.maintenance,
    DATABASE_URL: it.db.url,
    SIGNALBOX_PASSPHRASE: "correct horse battery",
  };
  const domains = { create: [{ host: "next.example", audience: "staging" as const }] };
  await it.db.store.app.create({ data: { id: "shop", name: "shop", domains } });
});
afterAll(() => it?.stop());

/** Standard output of the real command; rejects with what it said when it fails. */
function signalbox(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(REPOSITORY, "cli/signalbox.js"), ...args], {
      env: { PATH: process.env.PATH, ...env } as unknown as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(stdout) : reject(new Error(`${code}: ${stderr}`))));
  });
}

test("people are added with roles in apps, suspended and shown", async () => {
  const made = await signalbox("people", "add", "bo@example.com", "--name", "Bo", "--in", "shop=operator");
  expect(made).toMatch(
    /^bo@example\.com {2}Bo {2}none {2}shop=operator\nhttp:\/\/127\.0\.0\.1:\d+\/sign-in\/link\//,
  );
  const suspended = JSON.parse(await signalbox("people", "suspend", "bo@example.com", "--json"));
  expect(suspended).toMatchObject({ suspended: true, apps: [{ app: "shop", role: "operator" }] });
  await expect(signalbox("people", "link", "eve@example.com")).rejects.toThrow("nobody with the address");
});

test("a lost admin comes back on the machine itself, whoever they were", async () => {
  const { url } = JSON.parse(await signalbox("link", "--admin", "bo@example.com", "--json"));
  expect(url).toMatch(/\/sign-in\/link\/[\w-]{43}$/);
  const bo = await it.db.store.user.findUniqueOrThrow({ where: { email: "bo@example.com" } });
  expect(bo).toMatchObject({ role: "admin", suspendedAt: null });
  const entries = await it.db.store.auditEntry.findMany({
    where: { actorKind: "cli" },
    orderBy: { id: "asc" },
  });
  expect(entries.map(({ action }) => action)).toEqual(["user.role", "user.readmit", "user.link"]);
});

test("a share link is made and revoked", async () => {
  const { link, url } = JSON.parse(
    await signalbox("share", "create", "the agency", "--app", "shop", "--json"),
  );
  expect(url).toMatch(/\/share\/[\w-]{43}$/);
  expect(await signalbox("share", "revoke", link.id)).toContain("revoked");
});

test("keys are backed up, lost and restored", async () => {
  const paths = homePaths(it.site.home);
  const file = join(it.site.home.dir, "keys.backup");
  const ring = readKeyRing(it.site.home);
  await signalbox("keys", "backup", "--to", file);
  expect(await readFile(file, "utf8")).not.toContain(ring.keys[ring.current]);
  await expect(signalbox("keys", "backup", "--to", file)).rejects.toThrow("exists already");
  await rm(paths.sealKeys);
  await signalbox("keys", "restore", file);
  expect(readKeyRing(it.site.home)).toEqual(ring);
  expect(await it.db.store.auditEntry.count({ where: { action: "keys.backup" } })).toBe(1);
});
