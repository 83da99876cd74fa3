/** Where one installation keeps everything. Paths only; nothing here creates or reads. */
import { join } from "node:path";

export interface Home {
  /** The folder given by --home, or `.signalbox` in the repository. Closed to others (0700). */
  dir: string;
  /**
   * What other OS users must reach: database clusters, releases, slots. The home itself, or, as root with a
   * home in a folder closed to others, a folder under /var/lib that `dir/root` points to.
   */
  root: string;
  /** The folder of the maintenance lock. */
  maintenance: string;
}

export const homePaths = (home: Home) => ({
  /** 32 random bytes, hex, mode 0600: database passwords and staging passes derive from it. */
  secretKey: join(home.dir, "secret.key"),
  /** What variables and credentials are sealed with: see lib/config/seal.ts. Mode 0600. */
  sealKeys: join(home.dir, "seal-keys.json"),
  /** One JSON file per running process: pid, start time, control address. Mode 0600. */
  run: join(home.dir, "run"),
  logs: join(home.dir, "logs"),
  /** What Node has compiled, kept for the next start. Can be deleted. */
  compiled: join(home.dir, "compiled"),
  /** The gateway's last known good routes. */
  routes: join(home.dir, "routes.json"),
  /** Ports chosen at the first start. */
  ports: join(home.dir, "ports.json"),
  /** What was uploaded and is not a release yet: uploads/<app>/. */
  uploads: join(home.dir, "uploads"),
  /** Rows that a rollback left behind: lost/<app>/<runId>.jsonl. */
  lost: join(home.dir, "lost"),
  /** What jobs said: jobs/<app>/<jobId>.log. */
  jobs: join(home.dir, "jobs"),
  store: join(home.root, "store"),
  data: join(home.root, "data"),
  apps: join(home.root, "apps"),
});

/** Also the only folder under maintenance/ that the app itself may see. */
export const appMaintenance = (home: Home, app: string) => join(home.maintenance, app);
