/** The routes in force: in memory for requests, on disk so that the next start serves before the store is there. */
import { existsSync } from "node:fs";
import { writeWhole } from "#lib/config/atomic-file.ts";
import { hostOf } from "#lib/gate/host.ts";
import { readTable } from "#lib/gate/route-file.ts";
import { type AppRoutes, type HostRoute, indexHosts, type RouteTable } from "#lib/gate/routes.ts";

/** Raw Host headers seen lately; cleared when full, because clients choose them. */
const MAX_CACHED = 10_000;

/** Puts one app's routes on disk and resolves when they are; false when nobody is there who does. */
export type KeepRoutes = (routes: AppRoutes) => Promise<boolean>;

export class RouteBook {
  readonly #file: string;
  readonly #keep: KeepRoutes | null;
  readonly #dashboardHosts: string[];
  #table: RouteTable;
  #hosts = new Map<string, HostRoute>();
  #cache = new Map<string, HostRoute | null>();
  /** What the file holds, as far as this process had a hand in it. */
  #saved: RouteTable;
  #saving: Promise<void> = Promise.resolve();
  /** The file was there and could not be read, and nobody has said yet what is right. */
  #lost: boolean;
  /** Called after every change. */
  onChange: () => void = () => {};

  /**
   * `dashboardHosts` are this installation's; what a table says about them is not asked. `keep`: somebody else is
   * the one who writes the file.
   */
  constructor(file: string, dashboardHosts: string[], keep: KeepRoutes | null = null) {
    this.#file = file;
    this.#keep = keep;
    this.#dashboardHosts = dashboardHosts.map((host) => hostOf(host) ?? host);
    const known = readTable(file);
    this.#lost = known === null && existsSync(file);
    this.#table = { ...(known ?? { version: 0, apps: [] }), dashboardHosts: this.#dashboardHosts };
    this.#saved = this.#table;
    this.#index();
  }

  get table(): RouteTable {
    return this.#table;
  }

  /** Whether the file was damaged, so that no host is known and none can be called unknown. */
  get lost(): boolean {
    return this.#lost;
  }

  app(name: string): AppRoutes | null {
    return this.#table.apps.find(({ app }) => app === name) ?? null;
  }

  /** By Host header. */
  find(header: string | undefined): HostRoute | null {
    if (header === undefined) return null;
    let found = this.#cache.get(header);
    if (found !== undefined) return found;
    const host = hostOf(header);
    found = host === null ? null : (this.#hosts.get(host) ?? null);
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(header, found);
    return found;
  }

  /**
   * Puts one app's routes in force unless a version as high is already. Resolves to the version in force once it
   * is on disk; higher than asked means that the caller is late.
   */
  async setApp(routes: AppRoutes): Promise<number> {
    const known = this.app(routes.app);
    const late = known !== null && known.version >= routes.version;
    if (!late) {
      const apps = [...this.#table.apps.filter(({ app }) => app !== routes.app), routes];
      this.#replace({ ...this.#table, version: this.#table.version + 1, apps });
    }
    // Also when late: whoever was first may still be writing, or have failed to.
    await this.#save(late ? known : routes);
    return late ? known.version : routes.version;
  }

  /** Takes over what the store says, app by app, never an older version than the one in force. */
  async setTable(table: RouteTable): Promise<void> {
    this.take(table);
    await this.#save(null);
  }

  /** `setTable` without the disk, for what comes from the one who writes. Whether anything is different now. */
  take(table: RouteTable): boolean {
    // An empty store is more likely the wrong store than the end of every app: traffic goes on.
    if (table.apps.length === 0 && (this.#table.apps.length > 0 || this.#lost)) return false;
    const apps = table.apps.map((routes) => {
      const known = this.app(routes.app);
      return known !== null && known.version > routes.version ? known : routes;
    });
    const next = {
      version: Math.max(table.version, this.#table.version),
      dashboardHosts: this.#dashboardHosts,
      apps,
    };
    if (JSON.stringify(next) === JSON.stringify(this.#table)) return false;
    this.#lost = false;
    this.#replace(next);
    return true;
  }

  #replace(table: RouteTable): void {
    this.#table = table;
    this.#index();
    this.onChange();
  }

  #index(): void {
    this.#hosts = indexHosts(this.#table);
    this.#cache = new Map();
  }

  /** One write at a time, so that the last table is what stays. */
  #save(routes: AppRoutes | null): Promise<void> {
    const save = this.#saving.then(async () => {
      const table = this.#table;
      if (table === this.#saved) return;
      const kept = routes !== null && (await this.#keep?.(routes));
      if (!kept) await writeWhole(this.#file, `${JSON.stringify(table)}\n`);
      this.#saved = table;
    });
    this.#saving = save.catch(() => {});
    return save;
  }
}
