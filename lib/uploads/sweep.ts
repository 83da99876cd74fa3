/** Clears away uploads that are over, and contents that none of the others has. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import { isLink } from "./file-list.ts";
import { LIMITS, type UploadLimits } from "./limits.ts";
import { listUploads, readList, uploadPaths } from "./record.ts";

/** What somebody may be about to use: a list may have been made just now that names it. */
const GRACE_MS = 3_600_000;

/** Keeps unfinished ones that somebody was at lately, and the newest that are ready. */
export async function sweepUploads(
  home: Home,
  app: string,
  limits: UploadLimits = LIMITS,
  now = Date.now(),
): Promise<void> {
  const paths = uploadPaths(home, app);
  const found = await listUploads(paths);
  const ready = found
    .filter(({ record }) => record?.state === "ready")
    .sort((a, b) => b.touchedAt - a.touchedAt);
  const over = [
    ...found.filter(
      ({ record, touchedAt }) => record?.state !== "ready" && now - touchedAt > limits.expiresMs,
    ),
    ...ready.slice(limits.keptUploads).filter(({ touchedAt }) => now - touchedAt > GRACE_MS),
  ];
  for (const { id } of over) await rm(paths.of(id).dir, { recursive: true, force: true });

  const wanted = new Set<string>();
  for (const { id } of found) {
    const list = await readList(paths, id).catch(() => []);
    for (const entry of list) if (!isLink(entry)) wanted.add(entry.sha256);
  }
  for (const name of await readdir(paths.blobs).catch(() => [])) {
    const file = join(paths.blobs, name);
    const about = await stat(file).catch(() => null);
    if (wanted.has(name) || !about || now - Math.max(about.mtimeMs, about.ctimeMs) < GRACE_MS) continue;
    await rm(file, { force: true });
  }
}
