/** Backup and restore of the home's keys. Restoring works without the store and before the first start. */
import { chmod, open, readFile, rm } from "node:fs/promises";
import { userInfo } from "node:os";
import { readEnvironment } from "#lib/config/environment.ts";
import {
  KeyBackupProblem,
  MIN_PASSPHRASE,
  packKeys,
  readKeys,
  restoreKeys,
  unpackKeys,
} from "#lib/config/key-backup.ts";
import { connections, openHome } from "#lib/config/open-home.ts";
import { isStoreAway } from "#lib/operations/errors.ts";
import { recordAudit } from "#lib/operations/record-audit.ts";
import { openStore } from "#lib/store/client.ts";
import { Refused } from "./door.ts";

type Variables = Record<string, string | undefined>;

/** Audited when the store is there. Throws Refused for a short passphrase or a file that exists. */
export async function backupKeys(
  variables: Variables,
  file: string,
  passphrase: string,
): Promise<{ recorded: boolean }> {
  if (passphrase.length < MIN_PASSPHRASE) {
    throw new Refused("invalid", `The passphrase must have ${MIN_PASSPHRASE} characters at least.`);
  }
  const environment = readEnvironment(variables);
  const home = openHome(environment);
  const text = await packKeys(await readKeys(home), passphrase);
  const handle = await open(file, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") throw new Refused("invalid", `${file} exists already.`);
    throw error;
  });
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await chmod(file, 0o600);
  const store = openStore(connections(home, environment).store, { maxConnections: 1, name: "signalbox-cli" });
  try {
    const { username, uid } = userInfo();
    const actor = { kind: "cli", id: String(uid), name: username } as const;
    await store.$transaction((tx) => recordAudit(tx, actor, { action: "keys.backup" }));
    return { recorded: true };
  } catch (error) {
    if (isStoreAway(error)) return { recorded: false };
    throw error;
  } finally {
    await store.$disconnect();
  }
}

export async function restoreKeysFrom(
  variables: Variables,
  file: string,
  passphrase: string,
  force: boolean,
): Promise<{ added: string[] }> {
  const home = openHome(readEnvironment(variables));
  try {
    return await restoreKeys(home, await unpackKeys(await readFile(file, "utf8"), passphrase), { force });
  } catch (error) {
    if (error instanceof KeyBackupProblem) throw new Refused("refused", error.message);
    throw error;
  }
}
