/** Programs of the bench: found on the PATH, pinned to a core, ended together. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { request } from "node:http";
import { availableParallelism } from "node:os";
import { join } from "node:path";

const MORE = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/local/go/bin"];

/** Full path, or null when there is no such program. */
export function findProgram(name: string): string | null {
  for (const dir of [...(process.env.PATH ?? "").split(":"), ...MORE]) {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return join(dir, name);
    } catch {
      // Not here.
    }
  }
  return null;
}

export type Core = "proxy" | "outside" | "any";

/** Two cores and `taskset`: the proxy has one for itself, who asks and who answers share the other. */
export const canPin = (): boolean => findProgram("taskset") !== null && availableParallelism() >= 2;

/** The command and its arguments, pinned where that can be done. */
export function pinned(core: Core, command: string, args: string[]): [string, string[]] {
  const taskset = findProgram("taskset");
  if (core === "any" || taskset === null || !canPin()) return [command, args];
  return [taskset, ["-c", core === "proxy" ? "0" : "1", command, ...args]];
}

export class Programs {
  readonly #children = new Set<ChildProcess>();

  /** Its output is dropped but for the last lines on standard error, for when it does not come up. */
  start(core: Core, command: string, args: string[], env: Record<string, string> = {}): Started {
    const [program, all] = pinned(core, command, args);
    const child = spawn(program, all, {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: "production", ...env },
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    let words = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      words = (words + chunk).slice(-2_000);
    });
    child.on("error", (error) => {
      words += error.message;
    });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return { child, words: () => words };
  }

  async stop(started: Started): Promise<void> {
    const { child } = started;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const late = setTimeout(() => killGroup(child), 3_000);
    await gone;
    clearTimeout(late);
    // What it started and did not end.
    killGroup(child);
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#children].map((child) => this.stop({ child, words: () => "" })));
  }
}

export interface Started {
  child: ChildProcess;
  words(): string;
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody left.
  }
}

/** Resolves once 200 is answered there; rejects with the program's words when it ended or after ten seconds. */
export async function untilServing(
  port: number,
  host: string,
  started: Started,
  withinMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while ((await statusOf(port, host)) !== 200) {
    if (started.child.exitCode !== null || performance.now() > deadline) {
      throw new Error(started.words().trim() || "it does not serve");
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const statusOf = (port: number, host: string, path = "/"): Promise<number> =>
  new Promise((resolve) => {
    const req = request({ host: "127.0.0.1", port, path, headers: { host }, agent: false }, (res) => {
      res.resume();
      res.on("end", () => resolve(res.statusCode ?? 0));
      res.on("error", () => resolve(0));
    });
    req.on("error", () => resolve(0));
    req.end();
  });
