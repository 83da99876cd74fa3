/** A home that `prepareHome` has made: its paths, ports, secret and what derives from them. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Environment } from "./environment.ts";
import { type Home, homePaths } from "./home.ts";

export const portsSchema = z.strictObject({
  gateway: z.number().int(),
  web: z.number().int(),
  store: z.number().int(),
  data: z.number().int(),
  /** First port for slots' processes; see Slot.port. */
  slotBase: z.number().int(),
});
export type Ports = z.infer<typeof portsSchema>;

/** Where the home's parts are. Works before `prepareHome` too, with `root` equal to the home itself. */
export function openHome(environment: Pick<Environment, "home" | "maintenance">): Home {
  let root = environment.home;
  try {
    root = readFileSync(join(environment.home, "root"), "utf8").trim() || root;
  } catch {
    // No pointer: everything is in the home.
  }
  return { dir: environment.home, root, maintenance: environment.maintenance };
}

/** Rejects homes that were never started, saying so. */
export function readPorts(home: Home): Ports {
  return portsSchema.parse(JSON.parse(readOwn(home, homePaths(home).ports)));
}

/** 64 hex digits. Never log it; derive from it with `derivedSecret`. */
export const readSecretKey = (home: Home): string => readOwn(home, homePaths(home).secretKey).trim();

/** A secret for one purpose (a role's password, a pass): HMAC-SHA256 of the purpose, hex. The same every time. */
export const derivedSecret = (secretKey: string, purpose: string): string =>
  createHmac("sha256", secretKey).update(purpose).digest("hex");

/** Superuser passwords of the embedded servers. */
export const serverPassword = (secretKey: string, server: "store" | "data"): string =>
  derivedSecret(secretKey, `postgres-${server}`);

export const STORE_DATABASE = "signalbox";

export interface Connections {
  /** Connection string of the store. */
  store: string;
  /** Administrator's connection string of the server that holds the slots' data. */
  data: string;
}

/** Connection strings: the environment's own, else of the embedded servers. Contain passwords: never log them. */
export function connections(home: Home, environment: Environment): Connections {
  const embedded = (server: "store" | "data", database: string) =>
    `postgresql://postgres:${serverPassword(readSecretKey(home), server)}@127.0.0.1:${readPorts(home)[server]}/${database}`;
  return {
    store: environment.databaseUrl ?? embedded("store", STORE_DATABASE),
    data: environment.dataUrl ?? embedded("data", "postgres"),
  };
}

function readOwn(home: Home, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`${home.dir} is not the home of a Signalbox that was started (${file} can't be read)`, {
      cause: error,
    });
  }
}
