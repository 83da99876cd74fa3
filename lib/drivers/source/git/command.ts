/** Runs the system's git: as arguments, with nothing of the user's or machine's configuration, and never asking. */
import { type ChildProcess, spawn } from "node:child_process";
import { Refusal } from "#lib/engine/ports.ts";
import { withMarker } from "../../runtime/process/environment.ts";
import { terminate } from "../../runtime/process/group.ts";
import { lineSplitter } from "../../runtime/process/lines.ts";
import { startTimeOfChild } from "../../runtime/process/proc.ts";

export interface GitSetting {
  /** Names of keys in git's configuration → values, handed over in the environment where no other user sees them. */
  config: [key: string, value: string][];
  env: Record<string, string>;
  /** Never shown. */
  secrets: string[];
}

export interface GitRun {
  cwd: string;
  /** Everything that it starts carries this, so that nothing of it runs on. */
  marker: string;
  setting: GitSetting;
  onLog?(line: string): void;
  signal: AbortSignal;
}

/** It ended with something else than 0. `words` are what it said, without secrets. */
export class GitFailed extends Error {
  override name = "GitFailed";
  readonly words: string;
  constructor(args: string[], words: string) {
    super(`git ${args[0]} failed: ${words}`);
    this.words = words;
  }
}

/** Said by git as it goes; of those lines only the last of each kind matters. */
const PROGRESS = /^(remote: )?[A-Z][a-z ]+: +\d+% /;
const HARDENED: [string, string][] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.symlinks", "true"],
  ["core.protectNTFS", "true"],
  ["credential.helper", ""],
  ["fetch.fsckObjects", "true"],
  // Old programs wrote these; they harm nobody.
  ["fetch.fsck.zeroPaddedFilemode", "warn"],
  ["fetch.fsck.missingSpaceBeforeDate", "warn"],
  ["fetch.fsck.badTimezone", "warn"],
  ["fetch.recurseSubmodules", "false"],
  ["submodule.recurse", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["advice.detachedHead", "false"],
  ["init.defaultBranch", "none"],
  ["protocol.version", "2"],
  // A server that stands still must not keep the deploy for ever.
  ["http.lowSpeedLimit", "100"],
  ["http.lowSpeedTime", "60"],
];
/** How this machine reaches the world is for git too. */
const PASSED_ON = [
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "NO_PROXY",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "GIT_SSL_CAINFO",
];
const OUTPUT_BYTES = 32 * 1024 * 1024;
const WORDS = 12;

/** What it printed. Rejects with GitFailed, with Refusal when there is no git, and with the signal's reason. */
export async function git(args: string[], run: GitRun): Promise<string> {
  const { signal, setting } = run;
  signal.throwIfAborted();
  const clean = (text: string) =>
    setting.secrets.reduce((line, secret) => line.replaceAll(secret, "***"), text);
  const child = spawn("git", args, {
    cwd: run.cwd,
    env: withMarker(environment(run), run.marker),
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const words: string[] = [];
  const heard = (line: string) => {
    const text = clean(line).trim();
    if (text === "" || (PROGRESS.test(text) && !text.includes("done"))) return;
    words.push(text);
    if (words.length > WORDS) words.shift();
    run.onLog?.(text);
  };
  const splitter = lineSplitter();
  child.stderr.on("data", (piece: Buffer) => {
    // Progress is written over itself: each of its states is a line to us.
    splitter.push(Buffer.from(piece.map((byte) => (byte === 13 ? 10 : byte)))).forEach(heard);
  });
  child.stderr.on("end", () => splitter.end().forEach(heard));
  const output: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= OUTPUT_BYTES) output.push(piece);
  });
  const code = await ended(child, run);
  signal.throwIfAborted();
  if (code !== 0) throw new GitFailed(args, words.join("\n"));
  return Buffer.concat(output).toString("utf8");
}

async function ended(child: ChildProcess, { signal, marker }: GitRun): Promise<number | null> {
  const startTime = child.pid === undefined ? null : startTimeOfChild(child.pid);
  const leader = child.pid !== undefined && startTime !== null ? { pid: child.pid, startTime } : null;
  let ending: Promise<void> | undefined;
  const end = () => {
    ending ??= terminate({ leader, marker }, 0);
    ending.catch(() => {});
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    return await new Promise<number | null>((resolve, reject) => {
      child.once("error", (error: NodeJS.ErrnoException) => reject(noGit(error)));
      child.once("close", resolve);
    });
  } finally {
    signal.removeEventListener("abort", end);
    await ending;
  }
}

function environment({ cwd, setting }: GitRun): Record<string, string> {
  const config = [...HARDENED, ...setting.config];
  const passed = PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]!]] : []));
  return {
    ...Object.fromEntries(passed),
    PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
    HOME: cwd,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "/bin/false",
    SSH_ASKPASS: "/bin/false",
    GIT_LFS_SKIP_SMUDGE: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_LITERAL_PATHSPECS: "1",
    ...setting.env,
  };
}

function noGit(error: NodeJS.ErrnoException): Error {
  if (error.code !== "ENOENT") return error;
  return new Refusal(
    "git-missing",
    "There is no git on Signalbox's machine.",
    "Install it (apt install git), or deploy from a folder or an upload.",
    { cause: error },
  );
}
