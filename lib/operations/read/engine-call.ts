/** Questions to the engine over its loopback port. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { type Home, homePaths } from "#lib/config/home.ts";
import type { engineCalls } from "#lib/engine-service/control.ts";
import { type ControlFile, controlFile, SECRET_HEADER } from "#lib/gateway/control.ts";
import { isAlive } from "#lib/observability/process-identity.ts";

type Call = keyof typeof engineCalls;

/** Those that live now, by their files in `<home>/run`; several may stand by. */
export function livingEngines(home: Home): ControlFile[] {
  const { run } = homePaths(home);
  return namesIn(run)
    .filter((name) => /^engine(-[\w-]+)?\.json$/.test(name))
    .map((name) => readControlFile(join(run, name)))
    .filter((file) => file !== null)
    .filter(isAlive);
}

/** The answer of the first engine that gives one, its body unread; null when none does. */
export async function askEngine<C extends Call>(
  home: Home,
  call: C,
  question: z.input<(typeof engineCalls)[C]>,
  signal: AbortSignal,
): Promise<Response | null> {
  for (const { address, secret } of livingEngines(home)) {
    const response = await fetch(`http://${address.host}:${address.port}/${call}`, {
      method: "POST",
      headers: { "content-type": "application/json", [SECRET_HEADER]: secret },
      body: JSON.stringify(question),
      signal,
    }).catch(() => null);
    if (response?.ok) return response;
    await response?.body?.cancel();
  }
  return null;
}

/**
 * What `askEngine` was answered. Null also for an answer that was cut off: an engine that dies in the middle of a word
 * is no other case than one that dies before it.
 */
export async function engineSays<C extends Call>(
  home: Home,
  call: C,
  question: z.input<(typeof engineCalls)[C]>,
  signal: AbortSignal,
): Promise<unknown> {
  const response = await askEngine(home, call, question, signal);
  return response === null ? null : response.json().catch(() => null);
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}

/** Null for a file that is being written, or of another shape. */
function readControlFile(path: string): ControlFile | null {
  try {
    return controlFile.safeParse(JSON.parse(readFileSync(path, "utf8"))).data ?? null;
  } catch {
    return null;
  }
}
