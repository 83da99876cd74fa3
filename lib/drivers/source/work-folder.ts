/** Folders in which a source is fetched: gone when it failed, when it was installed, and at the latest at the next look. */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import type { FetchedSource } from "#lib/engine/source.ts";
import { FETCHING, uploadPaths } from "#lib/uploads/record.ts";
import { orDiskFull } from "../runtime/process/disk-full.ts";
import { terminate } from "../runtime/process/group.ts";

/** The folder that `fetch` gets is new and empty. Rejects as `fetch` does, and leaves nothing then. */
export async function withWorkFolder(
  home: Home,
  app: string,
  fetch: (folder: string) => Promise<Omit<FetchedSource, "dispose">>,
): Promise<FetchedSource> {
  const folder = join(uploadPaths(home, app).dir, `${FETCHING}${randomBytes(6).toString("hex")}`);
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return { ...(await fetch(folder)), dispose };
  } catch (error) {
    await dispose();
    throw orDiskFull(error, "the source");
  }
}

/** Ends what runs on in such folders and removes them. Only when no run of the app is on. */
export async function clearWorkFolders(home: Home, app: string): Promise<void> {
  const { dir } = uploadPaths(home, app);
  const names = await readdir(dir).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(FETCHING))) {
    const folder = join(dir, name);
    await terminate({ leader: null, marker: folder }, 0);
    await rm(folder, { recursive: true, force: true });
  }
}
