/** Commands of an app that run to their end: builds, release commands. */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { OsUser } from "#lib/config/os-user.ts";
import { CommandFailed, Refusal } from "#lib/engine/ports.ts";
import { withMarker } from "./environment.ts";
import { terminate } from "./group.ts";
import { lineSplitter } from "./lines.ts";
import { startTimeOfChild } from "./proc.ts";
import { shellArguments } from "./shell.ts";

export interface Command {
  /** The app owner's own command line, given to the shell as one argument; or a program and its arguments. */
  line: string | string[];
  cwd: string;
  /** Complete but for the marker. */
  env: Record<string, string>;
  user: OsUser | null;
  /** In the environment of all that it starts, so that none of it outlives the command. */
  marker: string;
  onLog(line: string): void;
  signal: AbortSignal;
  timeoutMs?: number;
  /** SIGTERM to SIGKILL. */
  graceMs?: number;
}

const GRACE_MS = 2_000;
const SHOWN_LINES = 10;

/**
 * Runs it to its end and ends whatever it left behind. Rejects with Refusal when it fails or takes longer than
 * `timeoutMs`, with the signal's reason when that is aborted.
 */
export async function runToEnd(command: Command, what: string): Promise<void> {
  command.signal.throwIfAborted();
  const last: string[] = [];
  const { line } = command;
  const program = typeof line === "string" ? "/bin/sh" : line[0]!;
  const child = spawn(program, typeof line === "string" ? shellArguments(line) : line.slice(1), {
    cwd: command.cwd,
    env: withMarker(command.env, command.marker),
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    ...command.user,
  });
  const startTime = child.pid === undefined ? null : startTimeOfChild(child.pid);
  const leader = child.pid !== undefined && startTime !== null ? { pid: child.pid, startTime } : null;
  const kin = { leader, marker: command.marker };
  for (const stream of [child.stdout, child.stderr]) {
    readLines(stream, (line) => {
      last.push(line);
      if (last.length > SHOWN_LINES) last.shift();
      command.onLog(line);
    });
  }

  let ending: Promise<void> | undefined;
  let timedOut = false;
  const end = () => {
    ending ??= terminate(kin, command.graceMs ?? GRACE_MS);
    ending.catch(() => {});
  };
  const timer =
    command.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          end();
        }, command.timeoutMs);
  command.signal.addEventListener("abort", end, { once: true });
  try {
    const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(
      (resolve, reject) => {
        child.once("error", reject);
        // What it left running would keep the pipes open for ever.
        child.once("exit", () => terminate(kin, 0).catch(reject));
        child.once("close", (code, signal) => resolve({ code, signal }));
      },
    ).catch((error) => {
      throw error instanceof Refusal ? error : cannotRun(what, command, error);
    });
    await ending;
    command.signal.throwIfAborted();
    if (timedOut) throw tookTooLong(what, command);
    if (code !== 0) throw failed(what, command, code, signal, last);
  } finally {
    clearTimeout(timer);
    command.signal.removeEventListener("abort", end);
  }
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  const splitter = lineSplitter();
  stream.on("data", (piece: Buffer) => splitter.push(piece).forEach(onLine));
  stream.on("end", () => splitter.end().forEach(onLine));
}

const shown = ({ line }: Command): string => {
  const text = typeof line === "string" ? line : line.join(" ");
  return text.length > 200 ? `${text.slice(0, 200)} …` : text;
};

const cannotRun = (what: string, command: Command, error: Error) =>
  new Refusal(
    "command-not-started",
    `The ${what} (${shown(command)}) could not be started: ${error.message}.`,
    (error as NodeJS.ErrnoException).code === "ENOENT"
      ? "There is no such program in the app's PATH; check how it is spelled."
      : "Check that the release's folder is still there and that its OS user may enter it.",
    { cause: error },
  );

const tookTooLong = (what: string, command: Command) =>
  new Refusal(
    "command-timed-out",
    `The ${what} (${shown(command)}) was ended: it ran longer than ${Math.round((command.timeoutMs ?? 0) / 1000)} s.`,
    "See its log for what it waited for, or raise the app's time limit.",
  );

const failed = (what: string, command: Command, code: number | null, signal: string | null, last: string[]) =>
  new CommandFailed(
    code,
    `The ${what} (${shown(command)}) ended with ${signal ? `signal ${signal}` : `exit code ${code}`}.`,
    last.length > 0
      ? `Its last words:\n${last.join("\n")}`
      : "It printed nothing. Run it by hand to see why.",
  );
