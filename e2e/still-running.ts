/** Looks for processes that an installation left behind. */
import { readdirSync, readFileSync } from "node:fs";

/** One line per living process that has `home` in its environment or on its command line. */
export function stillRunning(home: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const command = read(`/proc/${pid}/cmdline`);
      // A zombie has neither; it runs no more.
      const there = command.includes(home) || read(`/proc/${pid}/environ`).includes(home);
      return there ? [`${pid} ${command.replaceAll("\0", " ").slice(0, 200)}`] : [];
    });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
