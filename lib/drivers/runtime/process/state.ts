/** What a process should be and what became of it, on disk: whoever drives the home next goes on from there. */
import { open, readdir, readFile, rename, rm } from "node:fs/promises";
import { z } from "zod";
import { orDiskFull } from "./disk-full.ts";
import { type SlotPaths, stateFile } from "./paths.ts";

/** An earlier Signalbox wrote the environment as it was. */
const unsealed = (value: unknown) => {
  const { env, ...rest } = value as Record<string, unknown>;
  return env === undefined ? value : { ...rest, sealedEnv: JSON.stringify(env) };
};

const wanted = z.object({
  want: z.enum(["running", "stopped"]),
  /** Of everything below but `graceMs`: another one means another process. */
  fingerprint: z.string(),
  release: z.object({ id: z.string(), version: z.string(), dir: z.string() }),
  command: z.string(),
  port: z.number(),
  /** The environment, sealed: it holds secrets. */
  sealedEnv: z.string(),
  /** SIGTERM to SIGKILL, for a stop that the next driver has to finish. */
  graceMs: z.number(),
});
const desiredSchema = z.preprocess(unsealed, wanted);
export type Desired = z.infer<typeof wanted>;

const actualSchema = z.object({
  /** Names one start of a process; written before it and carried in its environment. */
  instance: z.string(),
  fingerprint: z.string(),
  releaseId: z.string(),
  /** Null between the decision to start and the start. */
  pid: z.number().int().nullable(),
  startTime: z.string().nullable(),
  startedAt: z.number().nullable(),
  restarts: z.number().int(),
  lastExit: z
    .object({ code: z.number().nullable(), signal: z.string().nullable(), at: z.number() })
    .nullable(),
});
export type Actual = z.infer<typeof actualSchema>;
export type Exit = NonNullable<Actual["lastExit"]>;

export const readDesired = (paths: SlotPaths, process: string) =>
  readState(stateFile(paths, process, "desired"), desiredSchema);
export const readActual = (paths: SlotPaths, process: string) =>
  readState(stateFile(paths, process, "actual"), actualSchema);

export const writeDesired = (paths: SlotPaths, process: string, desired: Desired) =>
  writeState(stateFile(paths, process, "desired"), desired);
export const writeActual = (paths: SlotPaths, process: string, actual: Actual) =>
  writeState(stateFile(paths, process, "actual"), actual);

const keptSchema = z.object({ label: z.string(), desired: desiredSchema });

export const readKept = (paths: SlotPaths, process: string) =>
  readState(stateFile(paths, process, "kept"), keptSchema);
export const writeKept = (paths: SlotPaths, process: string, kept: { label: string; desired: Desired }) =>
  writeState(stateFile(paths, process, "kept"), kept);

/** Of the slot's log files: its processes, cron entries and commands, sorted. */
export async function loggedProcesses(paths: SlotPaths): Promise<string[]> {
  const files = await readdir(paths.logs).catch(ifMissing([]));
  return files
    .filter((file) => file.endsWith(".log"))
    .map((file) => file.slice(0, -".log".length))
    .sort();
}

/** Names of the processes that the slot ever ran, sorted. */
export async function knownProcesses(paths: SlotPaths): Promise<string[]> {
  const files = await readdir(paths.state).catch(ifMissing([]));
  const ending = ".desired.json";
  return files
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();
}

/** For a catch: a fallback when the file or folder is not there, any other error goes on. */
export const ifMissing =
  <T>(fallback: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return fallback;
    throw error;
  };

async function readState<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await readFile(file, "utf8").catch(ifMissing(null));
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${file} is damaged; remove it and deploy again`, { cause: error });
  }
}

let written = 0;

async function writeState(file: string, value: unknown): Promise<void> {
  written += 1;
  const half = `${file}.${process.pid}-${written}`;
  try {
    const handle = await open(half, "wx", 0o600);
    try {
      await handle.writeFile(JSON.stringify(value));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(half, file);
  } catch (error) {
    await rm(half, { force: true });
    throw orDiskFull(error, "the state of a process");
  }
}
