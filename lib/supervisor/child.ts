/** One of our own processes: started detached, so that it outlives the supervisor, and adopted by the next one. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Home, homePaths } from "#lib/config/home.ts";
import {
  allPids,
  environOf,
  isAlive,
  type ProcessIdentity,
  sessionOf,
  signalProcess,
  startTimeOf,
  waitForExit,
} from "#lib/observability/process-identity.ts";
import type { Managed, Running } from "./keep.ts";

export interface ChildDefinition {
  /** `engine`, `gateway`, `web`. */
  name: string;
  /** Arguments of Node: the entry file and what follows. */
  args: string[];
  /** Complete environment. */
  env: Record<string, string>;
  /** Until it must have written its file in `<home>/run`. */
  readyTimeoutMs?: number;
  /** With these it takes over from one that was started another way, which is ended only then. */
  insteadArgs?: string[];
}

const MARK = "SIGNALBOX_SUPERVISED";
const ADOPTED_LOOK_MS = 200;

/**
 * A child counts as up when `<home>/run/<name>.json` or `<name>-….json` names it. One that was left by an earlier
 * supervisor is adopted if it was started the same way, else replaced.
 */
export function childProcess(home: Home, definition: ChildDefinition): Managed {
  const { name } = definition;
  const mark = markOf(home, definition);
  return {
    name,
    async start(signal) {
      const left = findChildren(home, name);
      const same = left.find((child) => child.mark === mark);
      const others = left.filter((other) => other !== same);
      const endOthers = () => Promise.all(others.map((other) => end(other, 5_000)));
      if (same === undefined && others.length > 0 && definition.insteadArgs) {
        const args = [...definition.args, ...definition.insteadArgs];
        const running = await launch(home, { ...definition, args }, mark, signal);
        await endOthers();
        return running;
      }
      await endOthers();
      if (same) {
        await untilUp(home, definition, same, signal);
        return adopted(same);
      }
      return launch(home, definition, mark, signal);
    },
  };
}

/** Ends children of an earlier supervisor that nobody manages any more. */
export async function endUnknownChildren(home: Home, known: string[]): Promise<void> {
  await Promise.all(
    findChildren(home)
      .filter((child) => !known.includes(child.name))
      .map((child) => end(child, 5_000)),
  );
}

/** Ends what children have started and left behind when they were killed, such as the workers of a gateway. */
export async function endOrphans(home: Home): Promise<void> {
  await Promise.all(findOrphans(home).map((orphan) => end(orphan, 5_000)));
}

/** What serves on although the child that started it, the leader of its session, is gone. */
export const findOrphans = (home: Home): FoundChild[] =>
  marked(home).filter(({ pid }) => sessionOf(pid) !== pid && startTimeOf(sessionOf(pid) ?? 0) === null);

export interface FoundChild extends ProcessIdentity {
  name: string;
  mark: string;
}

/** Living children of this home, whoever started them. Read from their environment: it can't be lost in a crash. */
export const findChildren = (home: Home, name?: string): FoundChild[] =>
  // What a child starts inherits the mark, but is of the child's session.
  marked(home).filter((child) => sessionOf(child.pid) === child.pid && (name ?? child.name) === child.name);

function marked(home: Home): FoundChild[] {
  return allPids().flatMap((pid) => {
    const mark = environOf(pid)
      ?.find((entry) => entry.startsWith(`${MARK}=`))
      ?.slice(MARK.length + 1);
    const startTime = startTimeOf(pid);
    if (!mark || startTime === null) return [];
    const [name = "", , ...dir] = mark.split(":");
    return dir.join(":") === home.dir ? [{ pid, startTime, name, mark }] : [];
  });
}

function markOf(home: Home, { name, args, env }: ChildDefinition): string {
  const way = createHash("sha256")
    .update(JSON.stringify([args, Object.entries(env).sort()]))
    .digest("hex");
  return `${name}:${way.slice(0, 16)}:${home.dir}`;
}

async function launch(
  home: Home,
  definition: ChildDefinition,
  mark: string,
  signal: AbortSignal,
): Promise<Running> {
  const log = openSync(join(homePaths(home).logs, `${definition.name}.log`), "a", 0o600);
  const child = spawn(process.execPath, definition.args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: { NODE_ENV: "production", ...definition.env, [MARK]: mark },
  });
  closeSync(log);
  const gone = new Promise<string>((resolve) => {
    child.once("exit", (code, by) => resolve(by ?? `exit code ${code}`));
    child.once("error", (error) => resolve(error.message));
  });
  const startTime = child.pid === undefined ? null : startTimeOf(child.pid);
  if (child.pid === undefined || startTime === null) throw new Error(await gone);
  const who = { pid: child.pid, startTime };
  const early = gone.then((reason) => {
    throw new Error(`${reason} before it was up; see ${join(homePaths(home).logs, definition.name)}.log`);
  });
  early.catch(() => {});
  try {
    const up = untilUp(home, definition, who, signal).catch(async (error) => {
      // It may be seen to be gone a moment before it is known how.
      if (!isAlive(who)) await early;
      throw error;
    });
    await Promise.race([up, early]);
  } catch (error) {
    await end(who, signal.aborted ? 5_000 : 0);
    throw error;
  }
  return { pid: who.pid, adopted: false, gone, stop: (graceMs, force) => end(who, graceMs, force) };
}

function adopted(who: ProcessIdentity): Running {
  const gone = new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      if (isAlive(who)) return;
      clearInterval(timer);
      resolve("it was gone");
    }, ADOPTED_LOOK_MS);
  });
  return { pid: who.pid, adopted: true, gone, stop: (graceMs, force) => end(who, graceMs, force) };
}

async function untilUp(
  home: Home,
  { name, readyTimeoutMs = 60_000 }: ChildDefinition,
  who: ProcessIdentity,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  while (!(await hasReported(home, name, who))) {
    signal.throwIfAborted();
    if (!isAlive(who)) throw new Error("it was gone before it was up");
    if (performance.now() > deadline) throw new Error(`not up after ${readyTimeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function hasReported(home: Home, name: string, who: ProcessIdentity): Promise<boolean> {
  const { run } = homePaths(home);
  const files = (await readdir(run)).filter(
    (file) => file === `${name}.json` || (file.startsWith(`${name}-`) && file.endsWith(".json")),
  );
  for (const file of files) {
    try {
      const said = JSON.parse(await readFile(join(run, file), "utf8"));
      if (said.pid === who.pid && said.startTime === who.startTime) return true;
    } catch {
      // Being written, or of a process that died writing it.
    }
  }
  return false;
}

async function end(who: ProcessIdentity, graceMs: number, force?: AbortSignal): Promise<void> {
  signalProcess(who, "SIGTERM");
  if (await waitForExit(who, graceMs, force)) return;
  try {
    // With all that it started, if it leads them.
    if (isAlive(who)) process.kill(sessionOf(who.pid) === who.pid ? -who.pid : who.pid, "SIGKILL");
  } catch {
    // Gone meanwhile.
  }
  await waitForExit(who, 5_000);
}
