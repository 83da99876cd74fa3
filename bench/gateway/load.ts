/** Asks as fast as it is answered over a number of kept connections: wrk where there is one, else undici. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Pool } from "undici";
import { findProgram, pinned } from "./programs.ts";
import { HOST } from "./signalbox.ts";

export interface Measured {
  /** Requests per second. */
  rps: number;
  p50Us: number;
  /** Broken connections and answers other than 2xx and 3xx. */
  errors: number;
}

export const loadTool = (): "wrk" | "undici" => (findProgram("wrk") === null ? "undici" : "wrk");

export function measure(port: number, connections: number, seconds: number): Promise<Measured> {
  const wrk = findProgram("wrk");
  return wrk === null ? byUndici(port, connections, seconds) : byWrk(wrk, port, connections, seconds);
}

async function byWrk(wrk: string, port: number, connections: number, seconds: number): Promise<Measured> {
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", "-H", `Host: ${HOST}`];
  const [command, all] = pinned("outside", wrk, [...args, `http://127.0.0.1:${port}/`]);
  const { stdout } = await promisify(execFile)(command, all);
  return parseWrk(stdout);
}

export function parseWrk(text: string): Measured {
  const rps = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? Number.NaN);
  const [, value = "", unit = ""] = /\n\s+50%\s+([\d.]+)(us|ms|s)\b/.exec(text) ?? [];
  const factor = { us: 1, ms: 1_000, s: 1_000_000 }[unit] ?? Number.NaN;
  const socket = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
  const broken = (socket?.slice(1) ?? []).reduce((sum, count) => sum + Number(count), 0);
  const other = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  return { rps, p50Us: Number(value) * factor, errors: broken + other };
}

async function byUndici(port: number, connections: number, seconds: number): Promise<Measured> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 });
  const times: number[] = [];
  let errors = 0;
  const began = performance.now();
  const end = began + seconds * 1_000;
  const visitor = async () => {
    while (performance.now() < end) {
      const at = performance.now();
      try {
        const { statusCode, body } = await pool.request({
          path: "/",
          method: "GET",
          headers: { host: HOST },
        });
        await body.dump();
        if (statusCode >= 400) errors += 1;
        times.push(performance.now() - at);
      } catch {
        errors += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, visitor));
  const took = (performance.now() - began) / 1_000;
  await pool.destroy();
  times.sort((a, b) => a - b);
  return {
    rps: times.length / took,
    p50Us: (times[Math.floor(times.length / 2)] ?? Number.NaN) * 1_000,
    errors,
  };
}
