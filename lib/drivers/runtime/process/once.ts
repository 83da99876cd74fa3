/** One command of a release, run to its end with the slot's environment. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { Home } from "#lib/config/home.ts";
import type { SlotRef } from "#lib/engine/model.ts";
import type { RuntimeDriver, SlotSpec } from "#lib/engine/ports.ts";
import { runToEnd } from "./command.ts";
import { terminate } from "./group.ts";
import { marker, slotEnvironment } from "./launch.ts";
import { logFile, slotPaths } from "./paths.ts";
import { prepareSlot } from "./user.ts";

/** Not a process's name, so that stopping processes leaves it alone. */
const ONCE = "!once";

export async function runOnceInSlot(
  home: Home,
  mode: "auto" | "same",
  spec: SlotSpec,
  line: string | string[],
  { log, onLog, ...options }: Parameters<RuntimeDriver["runOnce"]>[2],
): Promise<void> {
  const { paths, user } = await prepareSlot(home, spec, mode);
  const { version } = spec.release;
  const base = await slotEnvironment(home, spec, {
    version,
    port: spec.ports.web!,
    otherUser: user !== null,
  });
  const instance = randomBytes(8).toString("hex");
  const env = { ...spec.env, ...base };
  const command = { line, cwd: spec.release.dir, env, user, marker: marker(paths, ONCE, instance) };
  const file = log === undefined ? null : createWriteStream(logFile(paths, log), { flags: "a", mode: 0o600 });
  // A full disk must not end the command.
  file?.on("error", () => {});
  try {
    await runToEnd(
      {
        ...command,
        ...options,
        onLog(text) {
          file?.write(`${text}\n`);
          onLog(text);
        },
      },
      "command",
    );
  } finally {
    if (file && !file.closed) {
      file.end();
      await Promise.race([once(file, "close"), once(file, "error")]).catch(() => {});
    }
  }
}

/** Ends commands whose engine was killed: the one that takes over runs them again. */
export const endLeftCommands = (home: Home, ref: SlotRef): Promise<void> =>
  terminate({ leader: null, marker: marker(slotPaths(home, ref), ONCE) }, 0);
