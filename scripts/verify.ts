/** All checks that need nothing but the files: `npm run verify`. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "#lib/config/environment.ts";

interface Check {
  name: string;
  args: string[];
}

const module = (...path: string[]) => join(REPOSITORY, "node_modules", ...path);
const script = (name: string) => join(REPOSITORY, "scripts", name);

const CHECKS: Check[] = [
  { name: "types", args: [module("typescript", "bin", "tsc"), "--noEmit", "-p", REPOSITORY] },
  { name: "unused code", args: [module("knip", "bin", "knip.js"), "--no-progress"] },
  {
    name: "format and lint",
    args: [module("@biomejs", "biome", "bin", "biome"), "check", "--error-on-warnings"],
  },
  { name: "import direction", args: [script("check-imports.ts")] },
  { name: "file sizes", args: [script("check-sizes.ts")] },
  { name: "lock file", args: [script("check-lock.ts")] },
  { name: "documents", args: [script("check-docs.ts")] },
];

export interface CheckResult {
  name: string;
  ok: boolean;
  ms: number;
  output: string;
}

/** Runs them all, as many at once as there are cores. `onResult` hears of each as it ends. */
export async function verify(onResult: (result: CheckResult) => void): Promise<CheckResult[]> {
  await routeTypes();
  const waiting = [...CHECKS];
  const results: CheckResult[] = [];
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const result = await run(check);
      results.push(result);
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  return results;
}

/** Next writes the types of its routes; a fresh clone has none yet. */
async function routeTypes(): Promise<void> {
  if (existsSync(join(REPOSITORY, "next-env.d.ts"))) return;
  await run({ name: "route types", args: [module("next", "dist", "bin", "next"), "typegen"] });
}

function run({ name, args }: Check): Promise<CheckResult> {
  const began = performance.now();
  return new Promise((resolve) => {
    const options = {
      cwd: REPOSITORY,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
    };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      resolve({ name, ok: !error, ms: Math.round(performance.now() - began), output });
    });
  });
}

/** One line per check, with its output when it failed. */
export const describeResult = ({ name, ok, ms, output }: CheckResult): string =>
  `${ok ? "ok    " : "FAILED"} ${name} (${(ms / 1000).toFixed(1)} s)${ok ? "" : `\n${output}\n`}`;

if (import.meta.main) {
  const results = await verify((result) => console.log(describeResult(result)));
  const failed = results.filter(({ ok }) => !ok).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
