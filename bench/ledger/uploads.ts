/** What the ledger uploads: made from its ref, which is also its first line, so that every file tells whose it is. */
import { createHash } from "node:crypto";

const SMALL = 16 * 1024;
const LARGE = 256 * 1024;

export const sizeOf = (seq: number): number => (seq % 16 === 0 ? LARGE : 64 + ((seq * 7_919) % SMALL));

export function contentOf(ref: string, bytes: number): Buffer {
  const parts = [Buffer.from(`${ref}\n`)];
  let length = parts[0]!.length;
  for (let block = sha256(ref); length < bytes; block = createHash("sha256").update(block).digest("hex")) {
    parts.push(Buffer.from(block));
    length += block.length;
  }
  return Buffer.concat(parts).subarray(0, Math.max(bytes, ref.length + 1));
}

export const sha256 = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

/** The ref that a file's content begins with; empty when it is no upload of a ledger's. */
export function refOf(content: Uint8Array): string {
  const end = content.indexOf(10);
  return end > 0 && end < 200 ? Buffer.from(content.subarray(0, end)).toString("latin1") : "";
}
