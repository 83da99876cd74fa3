/** `<home>/routes.json`: the routes that the gateway last knew. It writes them; both doors can read them. */
import { readFileSync } from "node:fs";
import { lstat } from "./lock-file.ts";
import { type HostRoute, indexHosts, type RouteTable, routeTable } from "./routes.ts";

/** Null when there is no file or none that can be used. */
export function readTable(file: string): RouteTable | null {
  try {
    return routeTable.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}

/** Looks hosts up in the file as it is now; it is read again when it is another one. */
export class RouteFile {
  readonly #file: string;
  #mark = "";
  #hosts = new Map<string, HostRoute>();

  constructor(file: string) {
    this.#file = file;
  }

  /** `host` as `hostOf` gives it. */
  find(host: string): HostRoute | null {
    const stat = lstat(this.#file);
    if (stat !== null && stat !== "unreadable") {
      const mark = `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
      const table = mark === this.#mark ? null : readTable(this.#file);
      if (table !== null) {
        this.#hosts = indexHosts(table);
        this.#mark = mark;
      }
    }
    return this.#hosts.get(host) ?? null;
  }
}
