/** One supervisor per home. */
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import type { Home } from "#lib/config/home.ts";
import { readSecretKey } from "#lib/config/open-home.ts";

/**
 * Takes the home for this process; false when another process has it. The lock is a socket name that only the
 * kernel keeps: whoever is killed gives it up at that moment, so there is no stale lock and no race for one. The
 * name derives from the home's key, which other users don't know.
 */
export function takeHome(home: Home): Promise<boolean> {
  const name = createHash("sha256")
    .update(`supervisor ${readSecretKey(home)}`)
    .digest("hex")
    .slice(0, 32);
  return new Promise((resolve, reject) => {
    const lock = createServer((connection) => connection.destroy());
    lock.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error),
    );
    // The leading zero byte: a name of the kernel's, no file. It is held until the process ends.
    lock.listen(`\0signalbox-${name}`, () => {
      lock.unref();
      resolve(true);
    });
  });
}
