/** What the contract's tests are written with. */
import { once } from "node:events";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProcessStatus, RuntimeDriver, SlotSpec } from "#lib/engine/ports.ts";

export interface RuntimeHarness {
  /** A driver on the harness's own home, the same each time. */
  create(): Promise<RuntimeDriver>;
  /** Folder where releases of an app lie, finished or not. */
  releases(app: string): Promise<string[]>;
  /** Ends all processes and removes all files. */
  dispose(): Promise<void>;
}

export const APP = "contract";
export const never = new AbortController().signal;
export const quiet = { onLog: () => {}, signal: never };

const MANIFEST = `name: ${APP}
version: 1.2.3
processes: { web: node web.ts, worker: node worker.ts }
health: { path: /healthz }
`;

/** An app's folder: the stubs in testing/ as its web and worker, with `files` written over them. */
export async function appFolder(files: Record<string, string> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "signalbox-app-"));
  for (const name of ["web", "worker"]) {
    await cp(
      fileURLToPath(new URL(`../testing/stub-${name}.ts`, import.meta.url)),
      join(folder, `${name}.ts`),
    );
  }
  for (const [name, text] of Object.entries({ "signalbox.yaml": MANIFEST, ...files })) {
    await writeFile(join(folder, name), text);
  }
  return folder;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

export function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      let body = "";
      response.on("data", (piece) => {
        body += piece;
      });
      response.on("end", () => resolve(body));
    }).on("error", reject);
  });
}

/** Looks until it is so, for at most half a minute. */
export async function until<T>(look: () => Promise<T | null | undefined | false>, what: string): Promise<T> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; ) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not within 30 s: ${what}`);
}

export async function installed(driver: RuntimeDriver, releaseId: string, files?: Record<string, string>) {
  const path = await appFolder(files);
  try {
    return await driver.install({ app: APP, releaseId, source: { kind: "folder", path }, ...quiet });
  } finally {
    await rm(path, { recursive: true });
  }
}

export async function spec(driver: RuntimeDriver, beyond: Partial<SlotSpec> = {}): Promise<SlotSpec> {
  const { dir } = await installed(driver, "r1");
  return {
    app: APP,
    slot: "blue",
    release: { id: "r1", version: "1.2.3", dir },
    processes: { web: "node web.ts" },
    ports: { web: await freePort() },
    env: {},
    ...beyond,
  };
}

export const healthy = (driver: RuntimeDriver, slot: SlotSpec, timeoutMs = 30_000) =>
  driver.healthy(slot, { path: "/healthz", goodAnswers: 3, timeoutMs, signal: never });

export async function status(driver: RuntimeDriver, slot: SlotSpec, process = "web"): Promise<ProcessStatus> {
  const found = (await driver.inspect(slot)).find((each) => each.process === process);
  if (!found) throw new Error(`${process} was never started`);
  return found;
}

export async function history(driver: RuntimeDriver, slot: SlotSpec, tail: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const { line } of driver.logs(slot, { tail, follow: false, signal: never })) lines.push(line);
  return lines;
}

export const crash = (port: number, code: number) => ask(port, `/exit?code=${code}`).catch(() => {});

/** The harness and driver of the test that runs. */
export interface Subject {
  harness: RuntimeHarness;
  driver: RuntimeDriver;
}

export const manifestWith = (build: string) =>
  `name: ${APP}\nversion: 1.2.3\nprocesses: { web: node web.ts }\nbuild: ${JSON.stringify(build)}\n`;
