import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Home, homePaths } from "./home.ts";
import { type KeyContent, packKeys, readKeys, restoreKeys, unpackKeys } from "./key-backup.ts";

let home: Home;
const content: KeyContent = {
  secretKey: "a".repeat(64),
  ring: { current: "k1", keys: { k1: "b".repeat(64) } },
};

beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), "signalbox-keys-"));
  home = { dir, root: dir, maintenance: join(dir, "maintenance") };
});
afterEach(() => rm(home.dir, { recursive: true }));

test("a backup gives the keys back to who knows the passphrase, and tells nobody else", async () => {
  const text = await packKeys(content, "correct horse battery");
  expect(text).not.toContain(content.secretKey);
  expect(await unpackKeys(text, "correct horse battery")).toEqual(content);
  await expect(unpackKeys(text, "correct horse batterz")).rejects.toThrow("passphrase is wrong");
  const file = JSON.parse(text);
  const changed = JSON.stringify({ ...file, createdAt: "2020-01-01T00:00:00Z" });
  await expect(unpackKeys(changed, "correct horse battery")).rejects.toThrow("damaged");
  await expect(unpackKeys("{}", "correct horse battery")).rejects.toThrow("no backup of keys");
  const greedy = JSON.stringify({ ...file, kdf: { ...file.kdf, logN: 30 } });
  await expect(unpackKeys(greedy, "correct horse battery")).rejects.toThrow("no backup of keys");
});

test("into an empty home they are as they were, for nobody else to read", async () => {
  await restoreKeys(home, content);
  expect(await readKeys(home)).toEqual(content);
  expect(((await stat(homePaths(home).sealKeys)).mode & 0o777).toString(8)).toBe("600");
});

test("a home's own keys stay, and another installation's are refused", async () => {
  await restoreKeys(home, content);
  const ring = { current: "k2", keys: { k1: "b".repeat(64), k2: "c".repeat(64) } };
  await writeFile(homePaths(home).sealKeys, JSON.stringify(ring));
  const older = { ...content, ring: { current: "k0", keys: { k0: "d".repeat(64), k1: "b".repeat(64) } } };
  expect(await restoreKeys(home, older)).toEqual({ added: ["k0"] });
  expect((await readKeys(home)).ring).toEqual({ current: "k2", keys: { k0: "d".repeat(64), ...ring.keys } });
  const stranger = { ...content, secretKey: "e".repeat(64) };
  await expect(restoreKeys(home, stranger)).rejects.toThrow("another installation");
  expect((await readFile(homePaths(home).secretKey, "utf8")).trim()).toBe(content.secretKey);
});
