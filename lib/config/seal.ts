/**
 * Secrets at rest: AES-256-GCM with a key from a ring of its own, so that it can be rotated without touching what
 * else derives from the home's secret. The context (which row it is) is authenticated, so that a sealed value can't
 * be moved to another row.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { writeWhole } from "./atomic-file.ts";
import { type Home, homePaths } from "./home.ts";

export const keyRingSchema = z.strictObject({
  /** Id of the key that seals; the others only unseal. */
  current: z.string(),
  /** Id → 32 bytes, hex. */
  keys: z.record(z.string().regex(/^[a-z0-9]{1,16}$/), z.string().regex(/^[0-9a-f]{64}$/)),
});
export type KeyRing = z.infer<typeof keyRingSchema>;

const VERSION = "s1";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Names the row that a sealed value belongs to. */
export type SealContext = `${string}/${string}`;

/** `s1.<key id>.<base64url of iv, tag and text>` */
export function seal(ring: KeyRing, text: string, context: SealContext): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(ring, ring.current), iv).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return [VERSION, ring.current, Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url")].join(
    ".",
  );
}

/** Throws when the key is not in the ring, or the value was changed or is another row's. */
export function unseal(ring: KeyRing, sealed: string, context: SealContext): string {
  const [version, id, body] = sealed.split(".");
  if (version !== VERSION || id === undefined || body === undefined) throw new Error("not a sealed value");
  const bytes = Buffer.from(body, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", keyOf(ring, id), bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
  return Buffer.concat([text, decipher.final()]).toString("utf8");
}

export const newKey = (): { id: string; key: string } => ({
  id: randomBytes(4).toString("hex"),
  key: randomBytes(32).toString("hex"),
});

/** Made at the first start. Throws when it is there and damaged: nothing sealed could be read again. */
export function readKeyRing(home: Home): KeyRing {
  return keyRingSchema.parse(JSON.parse(readFileSync(homePaths(home).sealKeys, "utf8")));
}

export async function writeKeyRing(home: Home, ring: KeyRing): Promise<void> {
  await writeWhole(homePaths(home).sealKeys, `${JSON.stringify(keyRingSchema.parse(ring))}\n`);
}

function keyOf(ring: KeyRing, id: string): Buffer {
  const key = ring.keys[id];
  if (key === undefined)
    throw new Error(`the key ${id} is not in seal-keys.json; restore it from its backup`);
  return Buffer.from(key, "hex");
}
