/** A Signalbox of its own, started from outside as `npm start` would: one supervisor on one home and port. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Environment, REPOSITORY, readEnvironment } from "#lib/config/environment.ts";
import { type Home, homePaths } from "#lib/config/home.ts";
import { openHome } from "#lib/config/open-home.ts";
import { untilReady } from "#lib/supervisor/status.ts";

/** First start on a slow machine: two initdb, migrations, Next's server. */
const READY_MS = 180_000;
const RESTART_AFTER_MS = 500;

export interface InstallationOptions {
  /** Default: the repository's own home. */
  home?: string;
  /** Default: the one in the home, 8080 at the first start. */
  port?: number;
  /** Ends a start that is under way, which then rejects. */
  signal?: AbortSignal;
  say(line: string): void;
}

export interface Installation {
  home: Home;
  environment: Environment;
  gatewayPort: number;
  /** Ends everything and leaves nothing running. Harmless when repeated. */
  stop(): Promise<void>;
}

/**
 * Resolves when everything is up; rejects with the reason when it does not come up. From then on a supervisor
 * that dies is started again, and takes over what still runs.
 */
export async function startInstallation({
  home,
  port,
  signal,
  say,
}: InstallationOptions): Promise<Installation> {
  const variables: NodeJS.ProcessEnv = { ...process.env, SIGNALBOX_STOP_WITH_PARENT: "1" };
  if (home !== undefined) variables.SIGNALBOX_HOME = home;
  if (port !== undefined) variables.SIGNALBOX_PORT = String(port);
  const environment = readEnvironment(variables);
  let stopping = false;
  let supervisor = spawnSupervisor(environment, variables);

  const ready = async () => {
    const { pid } = supervisor.process;
    if (pid === undefined) throw new Error("the supervisor can't be started");
    // Its own output knows more than its status when it ends at once.
    const ended = supervisor.ended.then(async () => {
      throw new Error(await lastWords(supervisor));
    });
    return Promise.race([ended, untilReady(openHome(environment), pid, READY_MS)]);
  };
  const keep = () => {
    void supervisor.ended.then(async () => {
      if (stopping) return;
      say("the supervisor is gone; starting it again");
      await new Promise((resolve) => setTimeout(resolve, RESTART_AFTER_MS));
      if (stopping) return;
      supervisor = spawnSupervisor(environment, variables);
      keep();
    });
  };
  let tookOver = false;
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopping = true;
    stopped ??= (async () => {
      supervisor.process.kill("SIGTERM");
      await supervisor.ended;
      if (!tookOver || supervisor.process.exitCode !== null) return;
      // It was killed before it could end what runs; the next one takes that over, and ends it.
      supervisor = spawnSupervisor(environment, variables);
      await ready().catch(() => {});
      supervisor.process.kill("SIGTERM");
      await supervisor.ended;
    })();
    return stopped;
  };

  const abort = () => void stop();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const { address } = await ready();
    tookOver = true;
    keep();
    return {
      home: openHome(environment),
      environment,
      gatewayPort: address?.port ?? environment.port ?? 8080,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

interface Supervisor {
  process: ChildProcess;
  logFile: string;
  /** Where its own output begins, in bytes. */
  logStart: number;
  ended: Promise<void>;
}

/** In a process group of its own: the terminal's Ctrl-C reaches only the one who stops things in order. */
function spawnSupervisor(environment: Environment, env: NodeJS.ProcessEnv): Supervisor {
  const { logs } = homePaths(openHome(environment));
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const logFile = join(logs, "supervisor.log");
  const log = openSync(logFile, "a", 0o600);
  const logStart = fstatSync(log).size;
  const child = spawn(process.execPath, [join(REPOSITORY, "processes", "supervisor.ts")], {
    cwd: REPOSITORY,
    env,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return { process: child, logFile, logStart, ended };
}

async function lastWords({ logFile, logStart }: Supervisor): Promise<string> {
  const text = (await readFile(logFile)).subarray(logStart).toString().trim();
  return text.split("\n").slice(-5).join("\n") || "the supervisor ended without a word";
}
