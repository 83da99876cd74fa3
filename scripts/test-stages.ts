/** The stages of `npm test`, each with the figures of its own report. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "#lib/config/environment.ts";
import { type Counts, inOneLine, readPlaywrightReport, readVitestReport } from "./test-reports.ts";
import { describeResult, verify } from "./verify.ts";

export interface StageResult extends Counts {
  name: string;
  ms: number;
}

export interface Stage {
  name: string;
  run(): Promise<Counts>;
}

const module = (...path: string[]) => join(REPOSITORY, "node_modules", ...path);

export const verifyStage: Stage = {
  name: "verify",
  async run() {
    const results = await verify((result) => console.log(describeResult(result)));
    const failures = results
      .filter(({ ok }) => !ok)
      .map(({ name, output }) => inOneLine(`${name}: ${output}`));
    const failed = failures.length;
    return { passed: results.length - failed, failed, skipped: 0, problem: null, failures };
  },
};

/** One project of vitest.config.ts. */
export const vitestStage = (project: string, timeoutMs: number, args: string[]): Stage => ({
  name: project,
  run: () =>
    reported(
      timeoutMs,
      async (report) => {
        const command = [module("vitest", "vitest.mjs"), "run", "--project", project, "--passWithNoTests"];
        command.push("--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...args);
        return { command, env: {} };
      },
      readVitestReport,
    ),
});

/** e2e/ in a real browser; null when this version has none. */
export function browserStage(timeoutMs: number, args: string[]): Stage | null {
  if (!existsSync(join(REPOSITORY, "playwright.config.ts"))) return null;
  return {
    name: "e2e",
    run: () =>
      reported(
        timeoutMs,
        async (report) => {
          const command = [module("@playwright", "test", "cli.js"), "test", "--reporter=list,json", ...args];
          return { command, env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report } };
        },
        readPlaywrightReport,
      ),
  };
}

async function reported(
  timeoutMs: number,
  plan: (report: string) => Promise<{ command: string[]; env: Record<string, string> }>,
  read: (text: string) => Counts,
): Promise<Counts> {
  const dir = await mkdtemp(join(tmpdir(), "signalbox-report-"));
  try {
    const report = join(dir, "report.json");
    const { command, env } = await plan(report);
    const ended = await runLimited(command, env, timeoutMs);
    const text = await readFile(report, "utf8").catch(() => null);
    const nothing = { passed: 0, failed: 0, skipped: 0, failures: [] };
    if (text === null) return { ...nothing, problem: ended ?? "it left no report" };
    try {
      const counts = read(text);
      return { ...counts, problem: counts.problem ?? (counts.failed > 0 ? null : ended) };
    } catch (error) {
      return {
        ...nothing,
        problem: inOneLine(`${ended ?? "it ended"}, and its report can't be read: ${error}`),
      };
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Runs Node in a process group of its own. Resolves with what went wrong, null when nothing did. */
function runLimited(
  command: string[],
  env: Record<string, string>,
  timeoutMs: number,
): Promise<string | null> {
  const child = spawn(process.execPath, command, {
    cwd: REPOSITORY,
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
    env: { ...process.env, ...env },
  });
  const kill = (signal: NodeJS.Signals) => {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  };
  return new Promise((resolve) => {
    let problem: string | null = null;
    const timer = setTimeout(() => {
      problem = `it was ended after ${timeoutMs / 60_000} minutes`;
      kill("SIGTERM");
      setTimeout(
        () => child.exitCode === null && child.signalCode === null && kill("SIGKILL"),
        10_000,
      ).unref();
    }, timeoutMs);
    const pass = (signal: NodeJS.Signals) => {
      problem = "it was broken off";
      kill(signal);
    };
    process.on("SIGINT", pass).on("SIGTERM", pass);
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      process.off("SIGINT", pass).off("SIGTERM", pass);
      resolve(problem ?? (code === 0 ? null : `it ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}
