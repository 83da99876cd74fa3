/** What the web process works with, made once from the environment. Tests put their own in its place. */
import { type Auth, createAuth } from "#lib/auth/auth.ts";
import { type Environment, readEnvironment } from "#lib/config/environment.ts";
import type { Home } from "#lib/config/home.ts";
import { connections, openHome, readPorts, readSecretKey } from "#lib/config/open-home.ts";
import { LiveFeed } from "#lib/operations/read/live.ts";
import { TrafficReader } from "#lib/operations/read/traffic.ts";
import { openStore, type Store } from "#lib/store/client.ts";

export interface Installation {
  environment: Environment;
  home: Home;
  secretKey: string;
  store: Store;
  /** Contains a password. */
  storeUrl: string;
  /** Lower case. */
  dashboardHosts: string[];
  /** The gateway's, for addresses when a request does not tell. */
  gatewayPort: number;
  live: LiveFeed;
  traffic: TrafficReader;
  /** `origin` must be one of the dashboard's (see siteOrigin). */
  authFor(origin: string): Auth;
}

export interface InstallationParts {
  environment: Environment;
  home: Home;
  secretKey: string;
  store: Store;
  storeUrl: string;
  dashboardHosts: string[];
  gatewayPort: number;
}

export function makeInstallation(parts: InstallationParts): Installation {
  const auths = new Map<string, Auth>();
  return {
    ...parts,
    live: new LiveFeed(parts.storeUrl, parts.store),
    traffic: new TrafficReader(parts.home),
    authFor(origin) {
      let auth = auths.get(origin);
      if (auth === undefined) {
        // The port in a Host header is the client's word: origins must not pile up.
        if (auths.size >= 32) auths.clear();
        const { trustedProxies } = parts.environment;
        auth = createAuth({ store: parts.store, secretKey: parts.secretKey, origin, trustedProxies });
        auths.set(origin, auth);
      }
      return auth;
    },
  };
}

// Next bundles every route by itself: a module's own variable would be one installation per route.
const KEY = Symbol.for("signalbox.installation");
const holder = globalThis as { [KEY]?: Installation };

/** Throws when the environment is not right or the home was never started. */
export function installation(): Installation {
  holder[KEY] ??= fromEnvironment();
  return holder[KEY];
}

export function setInstallation(value: Installation): void {
  holder[KEY] = value;
}

function fromEnvironment(): Installation {
  const environment = readEnvironment();
  const home = openHome(environment);
  const storeUrl = connections(home, environment).store;
  return makeInstallation({
    environment,
    home,
    storeUrl,
    secretKey: readSecretKey(home),
    store: openStore(storeUrl, { name: "signalbox-web" }),
    dashboardHosts: environment.dashboardHosts,
    gatewayPort: environment.port ?? readPorts(home).gateway,
  });
}
