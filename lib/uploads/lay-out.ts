/** Makes a folder of an upload that is ready. */
import { chmod, constants, copyFile, link, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import { Refusal } from "#lib/engine/ports.ts";
import { isLink } from "./file-list.ts";
import { gone, readList, readRecord, touch, type UploadRecord, uploadPaths } from "./record.ts";

/**
 * `into` exists, is empty and on the same file system as the uploads; nobody may write in it, as its files are the
 * kept contents themselves. Rejects with Refusal unless the upload is ready and whole.
 */
export async function layOutUpload(
  home: Home,
  app: string,
  id: string,
  into: string,
  signal: AbortSignal,
): Promise<UploadRecord & { files: number }> {
  const paths = uploadPaths(home, app);
  const record = await readRecord(paths, id);
  if (record.state !== "ready") {
    throw new Refusal("upload-incomplete", "The upload is not complete.", "Complete it, then deploy again.");
  }
  await touch(paths, id);
  const list = await readList(paths, id);
  const made = new Set<string>();
  for (const entry of list) {
    signal.throwIfAborted();
    const file = join(into, entry.path);
    const folder = dirname(file);
    if (!made.has(folder)) await mkdir(folder, { recursive: true });
    made.add(folder);
    if (isLink(entry)) {
      await symlink(entry.link, file);
      continue;
    }
    const blob = join(paths.blobs, entry.sha256);
    try {
      if ((entry.mode & 0o111) === 0) await link(blob, file);
      else {
        await copyFile(blob, file, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
        await chmod(file, 0o700);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") throw gone(id);
      throw error;
    }
  }
  return { ...record, files: list.length };
}
