/** Source `upload`: files that were brought here before, see lib/uploads. */
import type { Home } from "#lib/config/home.ts";
import type { FetchedSource, Source } from "#lib/engine/source.ts";
import { layOutUpload } from "#lib/uploads/lay-out.ts";
import type { FetchOptions } from "./sources.ts";
import { withWorkFolder } from "./work-folder.ts";

export async function fetchUpload(
  home: Home,
  app: string,
  source: Extract<Source, { kind: "upload" }>,
  { onLog, signal }: FetchOptions,
): Promise<FetchedSource> {
  return withWorkFolder(home, app, async (folder) => {
    const { kind, archive, files, createdBy } = await layOutUpload(home, app, source.id, folder, signal);
    onLog(`${files} files of ${archive ? archive.name : "an upload"} by ${createdBy}`);
    const origin = { kind: "upload", id: source.id, of: kind, ...(archive && { name: archive.name }) };
    // What was left out is left out already.
    return { folder, ignoreFiles: [], origin };
  });
}
