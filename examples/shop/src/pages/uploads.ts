/** Files that visitors leave, each under the hash of its content: the same one twice is there once. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { Refused, type Routes, Unavailable } from "../http.ts";
import { settings } from "../settings.ts";
import { pageLimit } from "../values.ts";

const MAX_BYTES = 1024 * 1024 * 1024;
const INCOMING = "incoming";
const SHA256 = /^[0-9a-f]{64}$/;

export const routes: Routes = {
  async "POST /uploads"({ request }) {
    const sent = await receive(request);
    const { release, slot } = settings;
    return { status: 201, json: { ...sent, release, slot } };
  },

  /** Whatever lies there by its name; each is what it says when its content has that hash. */
  async "GET /uploads"({ query }) {
    const [after, limit] = [query.get("after") ?? "", pageLimit(query)];
    const names = (await readdir(settings.uploadsDir)).filter((name) => name !== INCOMING && name > after);
    const page = names.sort().slice(0, limit);
    const sizes = await Promise.all(page.map((name) => stat(join(settings.uploadsDir, name))));
    const uploads = page.map((sha256, index) => ({ sha256, bytes: sizes[index]?.size ?? 0 }));
    return { status: 200, json: { uploads } };
  },

  async "GET /uploads/:sha256"({ params }) {
    const name = params.sha256 ?? "";
    // Nothing else is ever looked for, so no name leads out of the folder.
    if (!SHA256.test(name)) throw new Refused(404, "there is no such upload");
    const file = await open(join(settings.uploadsDir, name)).catch((error) => {
      if (error.code === "ENOENT") throw new Refused(404, "there is no such upload");
      throw new Unavailable(error.message, { cause: error });
    });
    const { size } = await file.stat();
    return { status: 200, file, size };
  },
};

/** To disk as it comes. Under its name it is whole, and on disk before anybody is told. */
async function receive(request: IncomingMessage): Promise<{ sha256: string; bytes: number }> {
  const incoming = join(settings.uploadsDir, INCOMING);
  const part = join(incoming, randomUUID());
  const hash = createHash("sha256");
  let bytes = 0;
  let sha256 = "";
  try {
    await mkdir(incoming, { recursive: true });
    const file = await open(part, "wx", 0o640);
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) throw new Refused(413, "the upload is too large");
        hash.update(chunk);
        await file.writeFile(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    sha256 = hash.digest("hex");
    await rename(part, join(settings.uploadsDir, sha256));
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    // Nothing stands under its name unless the answer is sent.
    if (error instanceof Refused) throw error;
    throw new Unavailable((error as Error).message, { cause: error });
  }
  await syncFolder(settings.uploadsDir);
  return { sha256, bytes };
}

/** A rename is on disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
