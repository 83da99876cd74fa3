/** What the environment says, for every process. Nothing else reads SIGNALBOX_* or DATABASE_URL. */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** The repository's folder. */
export const REPOSITORY = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const DEFAULT_HOME = join(REPOSITORY, ".signalbox");

const given = (value: unknown) => (value === "" ? undefined : value);
const port = z.coerce.number().int().min(1).max(65_535);
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: "a URL beginning with postgresql://" });
const flag = z.enum(["0", "1"]).transform((value) => value === "1");
const hosts = z
  .string()
  .transform((text) => text.split(",").map((host) => host.trim().toLowerCase()))
  .pipe(z.array(z.string().regex(/^[a-z0-9.:[\]-]+$/, "host names separated by commas")).min(1));

/** `none`, or addresses and ranges. */
const addresses = z
  .string()
  .transform((text) => (text === "none" ? [] : text.split(",").map((address) => address.trim())))
  .pipe(
    z.array(
      z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
        error: "IP addresses and CIDR ranges separated by commas, or none",
      }),
    ),
  );

const schema = z.object({
  SIGNALBOX_HOME: z.preprocess(given, z.string().default(DEFAULT_HOME)),
  SIGNALBOX_PORT: z.preprocess(given, port.optional()),
  SIGNALBOX_HOST: z.preprocess(given, z.string().default("127.0.0.1")),
  SIGNALBOX_MAINTENANCE: z.preprocess(given, z.string().optional()),
  SIGNALBOX_DASHBOARD_HOSTS: z.preprocess(given, hosts.default(["localhost", "127.0.0.1"])),
  SIGNALBOX_DATA_URL: z.preprocess(given, postgresUrl.optional()),
  SIGNALBOX_DATA_URL_GREEN: z.preprocess(given, postgresUrl.optional()),
  SIGNALBOX_STOP_WITH_PARENT: z.preprocess(given, flag.default(false)),
  SIGNALBOX_GATEWAY_ID: z.preprocess(
    given,
    z
      .string()
      .regex(/^[a-z0-9-]{1,32}$/)
      .default("main"),
  ),
  SIGNALBOX_GATEWAY_WORKERS: z.preprocess(given, z.coerce.number().int().min(1).max(64).optional()),
  SIGNALBOX_METRICS_PORT: z.preprocess(given, port.optional()),
  SIGNALBOX_HOLD_LIMIT: z.preprocess(given, z.coerce.number().int().min(1).optional()),
  SIGNALBOX_TRUSTED_PROXIES: z.preprocess(given, addresses.default(["127.0.0.0/8", "::1/128"])),
  SIGNALBOX_ACCESS_LOG: z.preprocess(given, flag.default(false)),
  SIGNALBOX_LOG_LEVEL: z.preprocess(given, z.enum(["debug", "info", "warn", "error"]).default("info")),
  DATABASE_URL: z.preprocess(given, postgresUrl.optional()),
});

export interface Environment {
  /** SIGNALBOX_HOME, absolute. `openHome` and `prepareHome` make a Home of it. */
  home: string;
  /** SIGNALBOX_MAINTENANCE, absolute: the repository's for the default home, else in the home. */
  maintenance: string;
  /** SIGNALBOX_PORT: the gateway's. Null: the one in the home's ports.json, 8080 at the first start. */
  port: number | null;
  /** SIGNALBOX_HOST: address that the gateway listens on. */
  host: string;
  /** SIGNALBOX_DASHBOARD_HOSTS, lower case. */
  dashboardHosts: string[];
  /** DATABASE_URL: a store of the user's own; null for the embedded one. See lib/config/connections.ts. */
  databaseUrl: string | null;
  /** SIGNALBOX_DATA_URL: administrator's URL of the server for the slots' data; null for the embedded one. */
  dataUrl: string | null;
  /** SIGNALBOX_DATA_URL_GREEN: another server for the green slots' data; null: the same as blue's. */
  greenDataUrl: string | null;
  /** SIGNALBOX_STOP_WITH_PARENT: the supervisor stops everything when the process that started it is gone. */
  stopWithParent: boolean;
  /** SIGNALBOX_GATEWAY_ID: tells several gateways of one home apart. */
  gatewayId: string;
  /** SIGNALBOX_GATEWAY_WORKERS: processes that take visitors' connections; null: as many as the machine has use for. */
  gatewayWorkers: number | null;
  /** SIGNALBOX_METRICS_PORT: loopback port of the gateway's figures for Prometheus; null: a free one. */
  metricsPort: number | null;
  /** SIGNALBOX_HOLD_LIMIT: how many requests may wait at the gate; null: as many as the machine can take. */
  holdLimit: number | null;
  /** SIGNALBOX_TRUSTED_PROXIES: whose X-Forwarded headers are believed, as addresses and CIDR ranges. */
  trustedProxies: string[];
  /** SIGNALBOX_ACCESS_LOG: one line per request in the gateway's log. */
  accessLog: boolean;
  logLevel: "debug" | "info" | "warn" | "error";
}

/** Reads and checks it. Throws an error that names every variable that is wrong, without repeating its value. */
export function readEnvironment(variables: Record<string, string | undefined> = process.env): Environment {
  const result = schema.safeParse(variables);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issue.path[0]?.toString()}: ${issue.message}`);
    throw new Error(`The environment is not right:\n${lines.join("\n")}`);
  }
  const env = result.data;
  const home = resolve(env.SIGNALBOX_HOME);
  const ownMaintenance = home === DEFAULT_HOME ? join(REPOSITORY, "maintenance") : join(home, "maintenance");
  return {
    home,
    maintenance: env.SIGNALBOX_MAINTENANCE ? resolve(env.SIGNALBOX_MAINTENANCE) : ownMaintenance,
    port: env.SIGNALBOX_PORT ?? null,
    host: env.SIGNALBOX_HOST,
    dashboardHosts: env.SIGNALBOX_DASHBOARD_HOSTS,
    databaseUrl: env.DATABASE_URL ?? null,
    dataUrl: env.SIGNALBOX_DATA_URL ?? null,
    greenDataUrl: env.SIGNALBOX_DATA_URL_GREEN ?? null,
    stopWithParent: env.SIGNALBOX_STOP_WITH_PARENT,
    gatewayId: env.SIGNALBOX_GATEWAY_ID,
    gatewayWorkers: env.SIGNALBOX_GATEWAY_WORKERS ?? null,
    metricsPort: env.SIGNALBOX_METRICS_PORT ?? null,
    holdLimit: env.SIGNALBOX_HOLD_LIMIT ?? null,
    trustedProxies: env.SIGNALBOX_TRUSTED_PROXIES,
    accessLog: env.SIGNALBOX_ACCESS_LOG,
    logLevel: env.SIGNALBOX_LOG_LEVEL,
  };
}
