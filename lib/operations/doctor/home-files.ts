/** The home: what must be there, whole and closed to others. */
import { stat } from "node:fs/promises";
import { type Home, homePaths } from "#lib/config/home.ts";
import { readPorts, readSecretKey } from "#lib/config/open-home.ts";
import { readKeyRing } from "#lib/config/seal.ts";
import { readTable } from "#lib/gate/route-file.ts";
import { type Diagnosis, fail, messageOf, ok, warn } from "./diagnosis.ts";

export async function lookAtHome(home: Home): Promise<Diagnosis[]> {
  const paths = homePaths(home);
  const secret = (name: string, file: string, read: () => unknown, remedy: string) =>
    readable(name, file, read, remedy, true);
  return [
    await secret(
      "secret key",
      paths.secretKey,
      () => {
        if (!/^[0-9a-f]{64}$/.test(readSecretKey(home))) throw new Error("it should hold 64 hex digits");
      },
      "Restore secret.key from its backup: the databases' passwords derive from it.",
    ),
    await secret(
      "seal keys",
      paths.sealKeys,
      () => readKeyRing(home),
      "Restore seal-keys.json from its backup: secrets can't be read without it.",
    ),
    await readable(
      "ports",
      paths.ports,
      () => readPorts(home),
      "Remove ports.json and start again: the ports are chosen anew.",
      false,
    ),
    routes(paths.routes),
  ];
}

async function readable(
  name: string,
  file: string,
  read: () => unknown,
  remedy: string,
  closed: boolean,
): Promise<Diagnosis> {
  try {
    const { mode } = await stat(file);
    read();
    if (!closed || (mode & 0o077) === 0) return ok("home", name, `${file} is there and whole.`);
    return warn("home", name, `${file} can be read by other OS users.`, `chmod 600 ${file}`);
  } catch (error) {
    return fail("home", name, `${file} can't be used: ${messageOf(error)}.`, remedy);
  }
}

function routes(file: string): Diagnosis {
  const table = readTable(file);
  if (table !== null) {
    const apps = `${table.apps.length} app${table.apps.length === 1 ? "" : "s"}`;
    return ok("home", "last known routes", `${file} holds the routes of ${apps}.`);
  }
  return warn(
    "home",
    "last known routes",
    `${file} is missing or damaged: a gateway that starts now needs the store to serve anybody.`,
    "It is written again at the next change of routes; restarting the gateway while the store is up is enough.",
  );
}
