/** A supervisor as a real process over a home of its own, for tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHome } from "#lib/config/open-home.ts";
import { removeHome } from "#lib/config/prepare-home.ts";
import {
  allPids,
  environOf,
  isAlive,
  type ProcessIdentity,
  processLink,
  startTimeOf,
} from "#lib/observability/process-identity.ts";
import { freePort } from "#lib/store/postgres-server.ts";
import { isSupervised, readSupervisorStatus, type SupervisorStatus } from "../status.ts";

const { NODE_COMPILE_CACHE } = process.env;
const compiled = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

export const STUB_SUPERVISOR = join(import.meta.dirname, "stub-supervisor.ts");

export interface Installation {
  folder: string;
  port: number;
  /** What points a supervisor at this home. */
  env: Record<string, string>;
  /** Starts a supervisor: of the given entry file, or over stub children such as "engine" or "web=dies". */
  start(children: string[], options?: StartOptions): Started;
  status(): Promise<SupervisorStatus>;
  /** Resolves with the first status that satisfies the condition. */
  until(
    what: string,
    condition: (status: SupervisorStatus) => boolean,
    timeoutMs?: number,
  ): Promise<SupervisorStatus>;
  /** Everything that runs of this home, whoever started it. */
  processes(): ProcessIdentity[];
  remove(): Promise<void>;
}

export interface StartOptions {
  env?: Record<string, string>;
  as?: { uid: number; gid: number };
  entry?: string;
}

export interface Started {
  process: ChildProcess;
  /** What it has written so far. */
  output(): string;
  exited: Promise<number | null>;
}

export async function makeInstallation(mode = 0o755): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), "signalbox-supervisor-"));
  await chmod(folder, mode);
  const port = await freePort();
  const environment = { home: join(folder, "home"), maintenance: join(folder, "home", "maintenance") };
  const own = { SIGNALBOX_HOME: environment.home, SIGNALBOX_PORT: String(port) };
  const installation: Installation = {
    folder,
    port,
    env: own,
    start(children, { env = {}, as, entry = STUB_SUPERVISOR } = {}) {
      const child = spawn(process.execPath, [entry, ...children], {
        env: { NODE_ENV: "production", PATH: process.env.PATH ?? "", ...compiled, ...own, ...env },
        stdio: ["ignore", "pipe", "pipe"],
        ...as,
      });
      let text = "";
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += chunk));
      const exited = new Promise<number | null>((resolve) => {
        child.once("close", (code) => resolve(code));
        child.once("error", (error) => {
          text += error.message;
        });
      });
      return { process: child, output: () => text, exited };
    },
    async status() {
      const status = await readSupervisorStatus(openHome(environment));
      if (!status) throw new Error("there is no status");
      return status;
    },
    async until(what, condition, timeoutMs = 30_000) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const status = await readSupervisorStatus(openHome(environment));
        if (isSupervised(status) && condition(status)) return status;
        if (performance.now() > deadline) throw new Error(`not ${what}: ${JSON.stringify(status)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    processes() {
      const home = openHome(environment);
      return allPids().flatMap((pid) => {
        const startTime = startTimeOf(pid);
        const ours =
          environOf(pid)?.includes(`SIGNALBOX_HOME=${environment.home}`) ||
          processLink(pid, "cwd")?.startsWith(`${home.root}/`);
        return startTime !== null && ours ? [{ pid, startTime }] : [];
      });
    },
    async remove() {
      for (const left of installation.processes()) if (isAlive(left)) process.kill(left.pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 50));
      await removeHome(openHome(environment));
      await rm(folder, { recursive: true, force: true });
    },
  };
  return installation;
}
