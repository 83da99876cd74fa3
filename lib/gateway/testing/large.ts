/** For tests: bodies that no gateway may keep, with a look at what it keeps all the same. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Handler, PUBLIC, shopRoutes, startApp } from "../testing.ts";

export const MB = 1024 * 1024;
const BLOCK = Buffer.alloc(256 * 1024, "signalbox ");

export interface Alone {
  port: number;
  /** Resident memory of the gateway's process in bytes: now, and the most since it started. */
  memory(): { now: number; most: number };
  stop(): Promise<void>;
}

/** A gateway in its own process in front of a slot in this one. */
export async function startAlone(handler: Handler): Promise<Alone> {
  const dir = mkdtempSync(join(tmpdir(), "signalbox-alone-"));
  mkdirSync(join(dir, "maintenance"));
  const app = await startApp(handler);
  const entry = join(import.meta.dirname, "stub-gateway.ts");
  const routes = JSON.stringify(shopRoutes(app.port, app.port));
  const child: ChildProcess = spawn(process.execPath, [entry, dir, routes], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout!, "data");
  return {
    port: Number(String(line)),
    memory() {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
      return { now: of("VmRSS"), most: of("VmHWM") };
    },
    async stop() {
      child.kill("SIGKILL");
      await once(child, "exit");
      await app.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Answers GET with as many bytes as the path says, and anything else with the number of bytes that came. */
export const bulk: Handler = (req, res) => {
  if (req.method === "GET") {
    let left = Number(req.url!.slice(1));
    if (req.headers["x-length"]) res.setHeader("content-length", left);
    const more = () => {
      while (left > 0) {
        const piece = left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK;
        left -= piece.length;
        if (!res.write(piece)) return void res.once("drain", more);
      }
      res.end();
    };
    more();
    return;
  }
  let bytes = 0;
  req.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  req.on("end", () => res.end(String(bytes)));
};

/** How many bytes came down. */
export function download(port: number, bytes: number, headers: object = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", path: `/${bytes}`, headers: { host: PUBLIC, ...headers } };
    const req = request(options, (res) => {
      let got = 0;
      res.on("data", (chunk: Buffer) => {
        got += chunk.length;
      });
      res.on("end", () => resolve(got));
      res.on("error", reject);
    });
    req.on("error", reject);
    req.end();
  });
}

/** How many bytes the slot says it got. */
export function upload(port: number, bytes: number, headers: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", method: "PUT", headers: { host: PUBLIC, ...headers } };
    const req = request(options, (res) => {
      let text = "";
      res.on("data", (chunk) => {
        text += chunk;
      });
      res.on("end", () => resolve(Number(text)));
      res.on("error", reject);
    });
    req.on("error", reject);
    let left = bytes;
    const more = () => {
      while (left > 0) {
        const piece = left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK;
        left -= piece.length;
        if (!req.write(piece)) return void req.once("drain", more);
      }
      req.end();
    };
    more();
  });
}

export interface Carried {
  down: number[];
  up: number[];
  /** What the gateway's memory grew by at most, in bytes. */
  grewBy: number;
}

/** As much down and up, each with a length and in chunks, or with `quick` once each. */
export async function carryLarge(bytes: number, quick = false): Promise<Carried> {
  const alone = await startAlone(bulk);
  try {
    const { port } = alone;
    await download(port, MB);
    const before = alone.memory().now;
    const down = [await download(port, bytes, { "x-length": "1" })];
    const up = [await upload(port, bytes, { "transfer-encoding": "chunked" })];
    if (!quick) {
      down.push(await download(port, bytes));
      up.push(await upload(port, bytes, { "content-length": bytes }));
    }
    return { down, up, grewBy: alone.memory().most - before };
  } finally {
    await alone.stop();
  }
}
