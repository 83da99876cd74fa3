import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { REPOSITORY } from "./say.mjs";

/**
 * Runs a program to its end. Resolves with whether it went well. What it says goes to standard error, with `quiet`
 * only when it failed.
 */
export function succeeds(program, args, { env = {}, quiet = false } = {}) {
  const own = join(REPOSITORY, "node_modules", ".bin");
  // Not the clone's own programs: npm may be about to replace them.
  const path = (process.env.PATH ?? "").split(delimiter).filter((dir) => dir !== own);
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: REPOSITORY,
      stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", 2, 2],
      env: { ...process.env, PATH: path.join(delimiter), ...env },
    });
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => said.push(chunk));
    child.once("error", () => resolve(false));
    child.once("close", (code) => {
      if (code !== 0) for (const chunk of said) process.stderr.write(chunk);
      resolve(code === 0);
    });
  });
}
