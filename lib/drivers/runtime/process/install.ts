/** Turns an app's folder into an installed release: copied, built, and there all at once or not at all. */
import { randomBytes } from "node:crypto";
import {
  chmod,
  lchown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { join } from "node:path";
import { folderOn } from "#lib/config/detect/folder.ts";
import { detectManifest } from "#lib/config/detect/manifest.ts";
import { type Home, homePaths } from "#lib/config/home.ts";
import { type Manifest, readManifest } from "#lib/config/manifest.ts";
import type { OsUser } from "#lib/config/os-user.ts";
import { type InstalledRelease, type InstallRequest, Refusal } from "#lib/engine/ports.ts";
import { alwaysSkipped, ignoreFilesFor } from "#lib/uploads/ignore.ts";
import { runToEnd } from "./command.ts";
import { type CopyCount, copyRelease } from "./copy.ts";
import { orDiskFull } from "./disk-full.ts";
import { folderBytes, mustHaveRoom, outOfRoom } from "./disk-use.ts";
import { appPath, maintenanceFolder } from "./environment.ts";
import { terminate } from "./group.ts";
import { appPaths, releaseDir, UNFINISHED } from "./paths.ts";
import { ifMissing } from "./state.ts";
import { prepareApp } from "./user.ts";

const MANIFEST = "signalbox.yaml";
const MANIFEST_BYTES = 256 * 1024;

export async function installRelease(
  home: Home,
  mode: "auto" | "same",
  request: InstallRequest,
): Promise<InstalledRelease> {
  const dir = releaseDir(home, request.app, request.releaseId);
  const installed = await readFile(join(dir, MANIFEST), "utf8").catch(ifMissing(null));
  if (installed !== null) return { dir, manifest: installed, bytes: await folderBytes(dir) };

  request.signal.throwIfAborted();
  const source = await sourceFolder(request.source.path);
  const { text, manifest } = await sourceManifest(source).catch((error) => {
    if (error instanceof Refusal && error.code === "manifest-missing") offerManifest(source, request.onLog);
    throw error;
  });
  const user = await prepareApp(home, request.app, mode);
  const half = join(
    appPaths(home, request.app).releases,
    `${UNFINISHED}${request.releaseId}-${randomBytes(4).toString("hex")}`,
  );
  await mustHaveRoom(home, request.app, request.minFreeBytes ?? 0);
  try {
    await mkdir(half);
    await chmod(half, 0o755);
    // A folder without a build comes with its packages; a build makes its own.
    const hasBuild = manifest.build !== undefined;
    const known = ignoreFilesFor(hasBuild);
    const copied = await copyRelease(source, half, {
      skip: alwaysSkipped(hasBuild),
      skipFolders: [home.dir, home.root, homePaths(home).apps],
      ignoreFiles: known.filter((name) => request.source.ignoreFiles?.includes(name) ?? true),
      previous: request.previous,
      signal: request.signal,
    });
    request.onLog(copiedText(copied, request.previous !== undefined));
    if (manifest.build) await build(home, request, manifest, manifest.build, half, user);
    request.signal.throwIfAborted();
    await mustHaveRoom(home, request.app, request.minFreeBytes ?? 0);
    await rename(half, dir);
  } catch (error) {
    const full = await outOfRoom(home, request.app, error);
    await rm(half, { recursive: true, force: true });
    throw full ?? readableError(error);
  }
  return { dir, manifest: text, bytes: await folderBytes(dir) };
}

/** Removes a release; an interrupted removal is finished at the next start. */
export async function uninstallRelease(home: Home, app: string, releaseId: string): Promise<void> {
  const dir = releaseDir(home, app, releaseId);
  const doomed = join(appPaths(home, app).releases, `${UNFINISHED}${releaseId}-removed`);
  await rename(dir, doomed).catch(ifMissing(undefined));
  await rm(doomed, { recursive: true, force: true });
}

/** Ids of the releases that are wholly there. */
export async function installedReleases(home: Home, app: string): Promise<string[]> {
  const names = await readdir(appPaths(home, app).releases).catch(ifMissing([]));
  return names.filter((name) => !name.startsWith(UNFINISHED));
}

/** Removes what an install or a removal left when its engine was killed, and ends builds that run on. */
export async function clearUnfinished(home: Home, app: string): Promise<void> {
  const { releases } = appPaths(home, app);
  const names = await readdir(releases).catch(ifMissing([]));
  for (const name of names.filter((name) => name.startsWith(UNFINISHED))) {
    const dir = join(releases, name);
    await terminate({ leader: null, marker: dir }, 0);
    await rm(dir, { recursive: true, force: true });
  }
}

async function build(
  home: Home,
  request: InstallRequest,
  manifest: Manifest,
  line: string,
  dir: string,
  user: OsUser | null,
): Promise<void> {
  if (user) await give(dir, user);
  const env = {
    PATH: await appPath(home, user !== null),
    HOME: appPaths(home, request.app).buildHome,
    RELEASE: manifest.version,
    SIGNALBOX_MAINTENANCE_DIR: await maintenanceFolder(home, request.app),
  };
  const { onLog, signal } = request;
  await runToEnd({ line, cwd: dir, env, user, marker: dir, onLog, signal }, "build");
  if (user) await close(dir, user.gid);
}

function copiedText({ files, bytes, newFiles, newBytes }: CopyCount, compared: boolean): string {
  const all = `copied ${files} files, ${kilobytes(bytes)}`;
  return compared ? `${all}; new or changed: ${newFiles} files, ${kilobytes(newBytes)}` : all;
}

const kilobytes = (bytes: number) => `${Math.ceil(bytes / 1000).toLocaleString("en")} kB`;

async function give(dir: string, user: OsUser): Promise<void> {
  await lchown(dir, user.uid, user.gid);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await give(path, user);
    else await lchown(path, user.uid, user.gid);
  }
}

/** What was built belongs to root; the app can read it as far as its owner could, not change it. */
async function close(dir: string, gid: number): Promise<void> {
  const shut = async (path: string) => {
    const { mode } = await lstat(path);
    await lchown(path, 0, gid);
    await chmod(path, (mode & 0o755) | ((mode & 0o500) >> 3));
  };
  await shut(dir);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await close(path, gid);
    else if (entry.isSymbolicLink()) await lchown(path, 0, gid);
    else await shut(path);
  }
}

async function sourceFolder(path: string): Promise<string> {
  const source = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    throw new Refusal(
      "source-missing",
      `${path} can't be opened (${error.code}).`,
      "Give the full path of a folder on this machine.",
      { cause: error },
    );
  });
  if ((await stat(source)).isDirectory()) return source;
  throw new Refusal(
    "source-missing",
    `${path} is not a folder.`,
    "Give the folder that has signalbox.yaml in it.",
  );
}

/** What `signalbox init` would write. */
function offerManifest(source: string, onLog: (line: string) => void): void {
  onLog(`Save this as ${MANIFEST} in the app's folder, if it is right:`);
  for (const line of detectManifest(folderOn(source)).text.trimEnd().split("\n")) onLog(line);
}

async function sourceManifest(source: string): Promise<{ text: string; manifest: Manifest }> {
  const text = await firstBytes(join(source, MANIFEST)).catch((error: NodeJS.ErrnoException) => {
    const missing = error.code === "ENOENT";
    throw new Refusal(
      missing ? "manifest-missing" : "source-unreadable",
      missing
        ? `There is no ${MANIFEST} in ${source}. The log has one that was made by looking at the folder.`
        : `${source}/${MANIFEST} can't be read (${error.code}).`,
      missing ? "Save it, or give the folder that has one." : "Let the OS user that runs Signalbox read it.",
      { cause: error },
    );
  });
  const result = readManifest(text);
  if (result.ok) return { text, manifest: result.manifest };
  throw new Refusal(
    "manifest-invalid",
    `${MANIFEST} has mistakes: ${result.problems.join("; ")}.`,
    "Mend them, then deploy again.",
  );
}

async function firstBytes(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MANIFEST_BYTES), 0, MANIFEST_BYTES, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function readableError(error: unknown): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM") {
    return new Refusal(
      "source-unreadable",
      `${path ?? "A file"} can't be read or written (${code}).`,
      "Let the OS user that runs Signalbox read the whole folder.",
      { cause: error },
    );
  }
  return orDiskFull(error, "the release");
}
