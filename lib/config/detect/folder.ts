/** An app's folder as detection reads it: few files, small ones, and never outside of it. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";

export interface Folder {
  /** Its own name. */
  name: string;
  /** Null: it is not there, is no file, or is too large to be what it is called. */
  read(path: string): string | null;
  /** Names in a folder below it; empty when it is not there. */
  list(path?: string): string[];
}

const MAX_BYTES = 512 * 1024;

export function folderOn(dir: string): Folder {
  const root = resolve(dir);
  return {
    name: basename(root),
    read(path) {
      try {
        const file = join(root, path);
        const found = statSync(file);
        return found.isFile() && found.size <= MAX_BYTES ? readFileSync(file, "utf8") : null;
      } catch {
        return null;
      }
    },
    list(path = ".") {
      try {
        return readdirSync(join(root, path)).sort();
      } catch {
        return [];
      }
    },
  };
}
