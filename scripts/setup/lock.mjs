/** One set-up at a time per clone. */
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { createServer } from "node:net";
import { REPOSITORY, say } from "./say.mjs";

/** Runs `work` while no other command sets up the same clone; waits for one that does. */
export async function locked(work) {
  const id = createHash("sha256")
    .update(`${realpathSync(REPOSITORY)}\n${process.getuid?.()}`)
    .digest("hex");
  // A name that only the kernel keeps: gone with the process that held it, however that ended.
  const name = `\0signalbox-setup-${id.slice(0, 32)}`;
  let lock = await take(name);
  if (!lock) say("Another command is setting up this clone; waiting for it.");
  while (!lock) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    lock = await take(name);
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
}

function take(name) {
  return new Promise((resolve, reject) => {
    const lock = createServer((connection) => connection.destroy());
    lock.once("error", (error) => (error.code === "EADDRINUSE" ? resolve(null) : reject(error)));
    lock.listen(name, () => resolve(lock));
  });
}
