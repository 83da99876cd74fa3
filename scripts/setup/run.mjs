import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { REPOSITORY } from "./say.mjs";

/** Runs a program to its end, its output on standard error. Resolves with whether it went well. */
export function succeeds(program, args, env = {}) {
  const own = join(REPOSITORY, "node_modules", ".bin");
  // Not the clone's own programs: npm may be about to replace them.
  const path = (process.env.PATH ?? "").split(delimiter).filter((dir) => dir !== own);
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: REPOSITORY,
      stdio: ["ignore", 2, 2],
      env: { ...process.env, PATH: path.join(delimiter), ...env },
    });
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}
