/** The operator's own pages (`503.html` and those of the other answers), read again when they change. */
import { join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import { lstat } from "./lock-file.ts";
import { readSmallFile } from "./small-file.ts";

const MAX_BYTES = 1024 * 1024;

export class TemplateReader {
  readonly #home: Pick<Home, "maintenance">;
  readonly #read = new Map<string, { mark: string; text: string }>();

  constructor(home: Pick<Home, "maintenance">) {
    this.#home = home;
  }

  /** `maintenance/<app>/<status>.html`, else `maintenance/<status>.html`, else null. */
  for(app: string | null, status: number): string | null {
    const name = `${status}.html`;
    const own = app === null ? null : this.#one(join(this.#home.maintenance, app, name));
    return own ?? this.#one(join(this.#home.maintenance, name));
  }

  #one(path: string): string | null {
    const stat = lstat(path);
    if (stat === null || stat === "unreadable" || !stat.isFile() || stat.size > MAX_BYTES) return null;
    const mark = `${stat.ino} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.size}`;
    const known = this.#read.get(path);
    if (known?.mark === mark) return known.text;
    try {
      const file = readSmallFile(path, MAX_BYTES);
      if (file === null) return null;
      this.#read.set(path, { mark, text: file.text });
      return file.text;
    } catch {
      return null;
    }
  }
}
