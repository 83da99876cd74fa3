/** The operator's own maintenance page, read again when it changes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import { lstat } from "./lock-file.ts";

const PAGE_NAME = "503.html";
const MAX_BYTES = 1024 * 1024;

export class TemplateReader {
  readonly #home: Pick<Home, "maintenance">;
  readonly #read = new Map<string, { mark: string; text: string }>();

  constructor(home: Pick<Home, "maintenance">) {
    this.#home = home;
  }

  /** `maintenance/<app>/503.html`, else `maintenance/503.html`, else null. */
  for(app: string | null): string | null {
    const own = app === null ? null : this.#one(join(this.#home.maintenance, app, PAGE_NAME));
    return own ?? this.#one(join(this.#home.maintenance, PAGE_NAME));
  }

  #one(path: string): string | null {
    const stat = lstat(path);
    if (stat === null || stat === "unreadable" || !stat.isFile() || stat.size > MAX_BYTES) return null;
    const mark = `${stat.ino} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.size}`;
    const known = this.#read.get(path);
    if (known?.mark === mark) return known.text;
    try {
      const text = readFileSync(path, "utf8");
      this.#read.set(path, { mark, text });
      return text;
    } catch {
      return null;
    }
  }
}
