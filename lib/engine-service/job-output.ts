/** What jobs said: a file each in `<home>/jobs/<app>`, read while it is written. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";
import { type Home, homePaths } from "#lib/config/home.ts";

/** Of one job; what it says beyond is in the slot's log only. */
const MOST_BYTES = 10_000_000;
const LOOK_MS = 100;
const PIECE = 64 * 1024;

const folder = (home: Home, app: string) => join(homePaths(home).jobs, app);
const file = (home: Home, app: string, job: string) => join(folder(home, app), `${job}.log`);

export interface OutputSink {
  write(line: string): void;
  close(): Promise<void>;
}

export async function openOutput(home: Home, app: string, job: string): Promise<OutputSink> {
  await mkdir(folder(home, app), { recursive: true, mode: 0o700 });
  const stream = createWriteStream(file(home, app, job), { flags: "a", mode: 0o600 });
  // A full disk ends the record, not the job.
  stream.on("error", () => {});
  let bytes = 0;
  return {
    write(line) {
      if (bytes > MOST_BYTES) return;
      bytes += Buffer.byteLength(line) + 1;
      stream.write(`${bytes > MOST_BYTES ? "… it says more than is kept here; see the slot's log" : line}\n`);
    },
    async close() {
      if (stream.closed) return;
      stream.end();
      await once(stream, "close").catch(() => {});
    },
  };
}

/** Lines from the first on, until `over` says that no more will come and all are read. */
export async function* readOutput(
  home: Home,
  app: string,
  job: string,
  { over, signal }: { over(): Promise<boolean>; signal: AbortSignal },
): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  const buffer = Buffer.alloc(PIECE);
  let offset = 0;
  let begun = "";
  while (!signal.aborted) {
    const last = await over();
    for (;;) {
      const bytesRead = await readAt(file(home, app, job), buffer, offset);
      if (bytesRead === 0) break;
      offset += bytesRead;
      const lines = (begun + decoder.write(buffer.subarray(0, bytesRead))).split("\n");
      begun = lines.pop() ?? "";
      for (const line of lines) yield line;
    }
    if (last) break;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
  if (begun !== "") yield begun;
}

async function readAt(path: string, buffer: Buffer, offset: number): Promise<number> {
  const handle = await open(path, "r").catch(() => null);
  if (!handle) return 0;
  try {
    return (await handle.read(buffer, 0, buffer.length, offset)).bytesRead;
  } finally {
    await handle.close();
  }
}

/** Removes what was said by jobs that are not known any more. */
export async function pruneOutput(home: Home, app: string, known: ReadonlySet<string>): Promise<void> {
  const files = await readdir(folder(home, app)).catch(() => []);
  for (const name of files) {
    if (name.endsWith(".log") && !known.has(name.slice(0, -".log".length)))
      await rm(join(folder(home, app), name), { force: true });
  }
}
