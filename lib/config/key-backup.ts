/** secret.key and seal-keys.json in one file, encrypted with a passphrase: scrypt and AES-256-GCM. */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { writeWhole } from "./atomic-file.ts";
import { type Home, homePaths } from "./home.ts";
import { type KeyRing, keyRingSchema } from "./seal.ts";

export const MIN_PASSPHRASE = 12;

const base64 = z.base64().max(100_000);
const fileSchema = z.strictObject({
  format: z.literal("signalbox-keys"),
  version: z.literal(1),
  createdAt: z.string(),
  // What a stranger's file may ask of this machine is bounded.
  kdf: z.strictObject({ name: z.literal("scrypt"), logN: z.number().int().min(14).max(18), salt: base64 }),
  iv: base64,
  tag: base64,
  data: base64,
});
type KeyFile = z.infer<typeof fileSchema>;

const contentSchema = z.strictObject({ secretKey: z.string().regex(/^[0-9a-f]{64}$/), ring: keyRingSchema });
export type KeyContent = z.infer<typeof contentSchema>;

const LOG_N = 17;

export class KeyBackupProblem extends Error {}

/** Text of the backup's file. Takes about half a second and 128 MB. */
export async function packKeys(content: KeyContent, passphrase: string): Promise<string> {
  const kdf = { name: "scrypt" as const, logN: LOG_N, salt: randomBytes(16).toString("base64") };
  const head = {
    format: "signalbox-keys" as const,
    version: 1 as const,
    createdAt: new Date().toISOString(),
    kdf,
  };
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", await keyFrom(passphrase, kdf), iv).setAAD(aad(head));
  const data = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final()]);
  const file: KeyFile = {
    ...head,
    iv: iv.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
    data: data.toString("base64"),
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** Throws KeyBackupProblem for another file, a damaged one, or a wrong passphrase. */
export async function unpackKeys(text: string, passphrase: string): Promise<KeyContent> {
  const file = parsed(text);
  if (!file) throw new KeyBackupProblem("This is no backup of keys.");
  const { format, version, createdAt, kdf } = file;
  const key = await keyFrom(passphrase, kdf);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(file.iv, "base64"), {
      authTagLength: 16,
    });
    decipher.setAAD(aad({ format, version, createdAt, kdf })).setAuthTag(Buffer.from(file.tag, "base64"));
    const plain = Buffer.concat([decipher.update(Buffer.from(file.data, "base64")), decipher.final()]);
    return contentSchema.parse(JSON.parse(plain.toString("utf8")));
  } catch (cause) {
    throw new KeyBackupProblem("The passphrase is wrong, or the file is damaged.", { cause });
  }
}

export async function readKeys(home: Home): Promise<KeyContent> {
  const paths = homePaths(home);
  const [secretKey, ring] = await Promise.all([
    readFile(paths.secretKey, "utf8"),
    readFile(paths.sealKeys, "utf8"),
  ]);
  return contentSchema.parse({ secretKey: secretKey.trim(), ring: JSON.parse(ring) });
}

/**
 * Puts them into the home. Keys that it has already stay in the ring, with the home's own sealing. Throws
 * KeyBackupProblem when the home has another secret.key, unless `force`: passwords of databases derive from it.
 */
export async function restoreKeys(
  home: Home,
  content: KeyContent,
  { force = false }: { force?: boolean } = {},
): Promise<{ added: string[] }> {
  const paths = homePaths(home);
  const secretKey = (await readOrNull(paths.secretKey))?.trim();
  if (secretKey !== undefined && secretKey !== content.secretKey && !force) {
    throw new KeyBackupProblem("This home has another secret.key; the backup is of another installation.");
  }
  const found = await readOrNull(paths.sealKeys);
  const own = found === undefined ? null : (keyRingSchema.safeParse(json(found)).data ?? null);
  if (found !== undefined && own === null && !force) {
    throw new KeyBackupProblem("seal-keys.json of this home is damaged; with --force it is replaced.");
  }
  const clash = Object.entries(own?.keys ?? {}).find(([id, key]) => (content.ring.keys[id] ?? key) !== key);
  if (clash) throw new KeyBackupProblem(`The key ${clash[0]} is another one in this home.`);
  const ring: KeyRing = {
    current: own?.current ?? content.ring.current,
    keys: { ...content.ring.keys, ...own?.keys },
  };
  await mkdir(dirname(paths.secretKey), { recursive: true, mode: 0o700 });
  // The ring first: with it alone nothing is lost.
  await writeWhole(paths.sealKeys, `${JSON.stringify(ring)}\n`);
  if (secretKey !== content.secretKey) await writeWhole(paths.secretKey, content.secretKey);
  return { added: Object.keys(content.ring.keys).filter((id) => !(id in (own?.keys ?? {}))) };
}

const aad = (head: Pick<KeyFile, "format" | "version" | "createdAt" | "kdf">): Buffer =>
  Buffer.from(JSON.stringify([head.format, head.version, head.createdAt, head.kdf.logN, head.kdf.salt]));

function keyFrom(passphrase: string, { logN, salt }: KeyFile["kdf"]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N: 2 ** logN, r: 8, p: 1, maxmem: 512 * 1024 * 1024 };
    scrypt(passphrase.normalize("NFC"), Buffer.from(salt, "base64"), 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

const parsed = (text: string): KeyFile | null => fileSchema.safeParse(json(text)).data ?? null;

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const readOrNull = (file: string): Promise<string | undefined> =>
  readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
