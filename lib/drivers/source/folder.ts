/** Source `folder`: an app's folder on Signalbox's own machine. */
import type { FetchedSource, Source } from "#lib/engine/source.ts";
import { IGNORE_FILES } from "#lib/uploads/ignore.ts";

/** Nothing to fetch: installing copies it and says what is wrong with it. */
export async function fetchFolder(source: Extract<Source, { kind: "folder" }>): Promise<FetchedSource> {
  return { folder: source.path, ignoreFiles: IGNORE_FILES, origin: { ...source }, async dispose() {} };
}
