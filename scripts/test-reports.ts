/** What the test runners' JSON reports say: figures, and in a line each what failed. */
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { REPOSITORY } from "#lib/config/environment.ts";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Why the stage counts as failed beyond its tests; null when it ran to its end. */
  problem: string | null;
  /** Of each failed test its file, its full name and how its failure begins. */
  failures: string[];
}

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

export function readVitestReport(text: string): Counts {
  const report = vitestReport.parse(JSON.parse(text));
  const failed = report.numFailedTests;
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults
      .filter((test) => test.status === "failed")
      .map((test) => failure(name, test.fullName, test.failureMessages[0]));
    // A file that can't be loaded or cleaned up has no test that failed.
    const fileItself = status === "failed" && (message || tests.length === 0);
    return fileItself ? [failure(name, "the file itself", message), ...tests] : tests;
  });
  const problem = report.success || failed > 0 ? null : "a test file could not be run";
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests, problem, failures };
}

const suite = z.object({
  title: z.string(),
  get suites() {
    return z.array(suite).optional();
  },
  specs: z.array(
    z.object({
      title: z.string(),
      file: z.string(),
      tests: z.array(
        z.object({
          status: z.string(),
          results: z.array(z.object({ errors: z.array(z.object({ message: z.string().optional() })) })),
        }),
      ),
    }),
  ),
});

const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  suites: z.array(suite),
  errors: z.array(z.object({ message: z.string().optional() })),
});

export function readPlaywrightReport(text: string): Counts {
  const { stats, suites, errors } = playwrightReport.parse(JSON.parse(text));
  const inSuite = ({ specs, suites: inner = [] }: z.infer<typeof suite>, above: string): string[] => [
    ...specs.flatMap((spec) =>
      spec.tests
        .filter(({ status }) => status === "unexpected" || status === "flaky")
        .map(({ results }) =>
          failure(spec.file, above + spec.title, results.flatMap((result) => result.errors)[0]?.message),
        ),
    ),
    ...inner.flatMap((next) => inSuite(next, `${above}${next.title} `)),
  ];
  return {
    passed: stats.expected,
    // One that passes only when it is tried again is broken.
    failed: stats.unexpected + stats.flaky,
    skipped: stats.skipped,
    problem: null,
    failures: [
      ...errors.map(({ message }) => failure("e2e", "set-up", message)),
      ...suites.flatMap((file) => inSuite(file, "")),
    ],
  };
}

function failure(file: string, name: string, message = ""): string {
  const place = file.startsWith("/") ? relative(REPOSITORY, file) : file;
  // Some say in their first line only what was expected of what: as much as fits, without the stack.
  const reason = message.split(/\n\s+at /, 1)[0];
  return inOneLine(`${place}: ${name}: ${reason || "no reason given"}`);
}

/** Enough for a list of what a browser's console said, each with its address. */
const MAX_CHARACTERS = 1_500;

/** What fits of it, without colours. */
export function inOneLine(text: string): string {
  const line = stripVTControlCharacters(text).replaceAll(/\s+/g, " ").trim();
  return line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS)} …` : line;
}
