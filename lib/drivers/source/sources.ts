/** Every source by its kind. */
import { rm } from "node:fs/promises";
import type { Home } from "#lib/config/home.ts";
import { Refusal } from "#lib/engine/ports.ts";
import type { Sources } from "#lib/engine/source.ts";
import { uploadPaths } from "#lib/uploads/record.ts";
import { sweepUploads } from "#lib/uploads/sweep.ts";
import { fetchFolder } from "./folder.ts";
import { type CredentialReader, fetchGit } from "./git.ts";
import { fetchUpload } from "./upload.ts";
import { clearWorkFolders } from "./work-folder.ts";

export interface FetchOptions {
  onLog(line: string): void;
  signal: AbortSignal;
}

export interface SourcesOptions {
  home: Home;
  credential: CredentialReader;
}

export function createSources({ home, credential }: SourcesOptions): Sources {
  return {
    async fetch(app, source, options) {
      options.signal.throwIfAborted();
      switch (source.kind) {
        case "folder":
          return fetchFolder(source);
        case "git":
          return fetchGit({ home, app, credential }, source, options);
        case "upload":
          return fetchUpload(home, app, source, options);
        default:
          throw new Refusal(
            "source-unknown",
            `Nothing can be fetched from a source of kind ${source.kind}.`,
            "Deploy from a folder, an upload or a repository.",
          );
      }
    },

    async sweep(app) {
      await clearWorkFolders(home, app);
      await sweepUploads(home, app);
    },

    async forget(app) {
      await clearWorkFolders(home, app);
      await rm(uploadPaths(home, app).dir, { recursive: true, force: true });
    },
  };
}
