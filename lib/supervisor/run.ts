/** The supervisor as a program: signals, the parent's end, exit code. */
import { readFileSync } from "node:fs";
import { type Environment, readEnvironment } from "#lib/config/environment.ts";
import type { Home } from "#lib/config/home.ts";
import type { Ports } from "#lib/config/open-home.ts";
import type { ChildDefinition } from "./child.ts";
import { ownProcesses } from "./own-processes.ts";
import { type Supervision, supervise } from "./supervise.ts";

export interface RunOptions {
  stopSlots(home: Home, graceMs: number): Promise<number>;
  /** Called once everything is up. */
  onReady?(supervision: Supervision): Promise<void> | void;
  /** Default: engine, gateway and web of this repository. */
  children?(home: Home, ports: Ports): ChildDefinition[];
  say?(line: string): void;
}

/** Supervises until a signal comes or the parent goes; resolves with the exit code, everything stopped. */
export async function runSupervisor(options: RunOptions): Promise<number> {
  const say = options.say ?? ((line: string) => process.stderr.write(`${line}\n`));
  const ended = Promise.withResolvers<number>();
  try {
    const environment = readEnvironment();
    const supervision = await supervise({
      environment,
      say,
      stopSlots: options.stopSlots,
      children: options.children ?? ((home, ports) => ownProcesses(environment, home, ports)),
    });
    stopOnSignals(supervision, environment, say, ended.resolve);
    process.on("SIGUSR2", () =>
      say(supervision.restartGateway() ? "the gateway's workers are replaced" : "the gateway isn't up"),
    );
    // An error of onReady ends it all, as what it should have printed is missing.
    await supervision.ready.then(() => options.onReady?.(supervision));
    return await ended.promise;
  } catch (error) {
    if (stopRequested) return await ended.promise;
    say(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

let stopRequested = false;

/** A second Ctrl-C within this time is the terminal's and npm's copy of the first. */
const SAME_SIGNAL_MS = 500;
const PARENT_LOOK_MS = 250;

function stopOnSignals(
  supervision: Supervision,
  environment: Environment,
  say: (line: string) => void,
  done: (code: number) => void,
): void {
  let first = 0;
  const stop = (why: string) => {
    const again = stopRequested && performance.now() - first > SAME_SIGNAL_MS;
    if (stopRequested && !again) return;
    if (!stopRequested) first = performance.now();
    stopRequested = true;
    say(again ? "stopping by force" : `${why}: stopping everything (once more to force it)`);
    clearInterval(parent);
    supervision.stop({ force: again }).then(
      () => {
        say("everything is stopped");
        done(0);
      },
      (error) => {
        say(`not everything could be stopped: ${error.message}`);
        done(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", ...(hangUpIgnored() ? [] : ["SIGHUP"])]) {
    process.on(signal, () => stop(signal));
  }
  const parentPid = process.ppid;
  // Also keeps this process alive while it has nothing to do but wait.
  const parent = setInterval(() => {
    if (environment.stopWithParent && process.ppid !== parentPid)
      stop("the process that started this is gone");
  }, PARENT_LOOK_MS);
}

/** nohup ignores SIGHUP for what it starts; a handler would undo that. */
function hangUpIgnored(): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return (BigInt(`0x${mask}`) & 1n) === 1n;
}
