import { join } from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "#lib/config/environment.ts";
import { inOneLine, readPlaywrightReport, readVitestReport } from "./test-reports.ts";

test("vitest: each failed test with its file, its name and its reason, and files that failed by themselves", () => {
  const ok = { fullName: "works", status: "passed", failureMessages: [] };
  const bad = {
    fullName: "a gate holds",
    status: "failed",
    failureMessages: ["Error: \u001b[31mit\nopened\u001b[39m\n    at gate.ts:1:2"],
  };
  const file = (name: string, message: string, assertionResults: object[]) => ({
    name: join(REPOSITORY, name),
    status: message || assertionResults.includes(bad) ? "failed" : "passed",
    message,
    assertionResults,
  });
  const figures = { numPassedTests: 2, numFailedTests: 1, numPendingTests: 0, success: false };
  const testResults = [file("a.test.ts", "", [ok, bad]), file("b.test.ts", "no such module", [ok])];
  expect(readVitestReport(JSON.stringify({ ...figures, testResults }))).toEqual({
    passed: 2,
    failed: 1,
    skipped: 0,
    problem: null,
    failures: ["a.test.ts: a gate holds: Error: it opened", "b.test.ts: the file itself: no such module"],
  });
});

test("Playwright: failed and flaky tests of nested suites, and a set-up that failed", () => {
  const spec = (title: string, status: string, message?: string) => ({
    title,
    file: "live.spec.ts",
    tests: [{ status, results: [{ errors: message ? [{ message }] : [] }] }],
  });
  const inner = { title: "a page", specs: [spec("is drawn", "flaky", "late")] };
  const outer = { title: "live.spec.ts", specs: [spec("works", "expected")], suites: [inner] };
  const stats = { expected: 1, unexpected: 0, flaky: 1, skipped: 0 };
  const report = { stats, suites: [outer], errors: [{ message: "no browser" }] };
  expect(readPlaywrightReport(JSON.stringify(report))).toMatchObject({
    failed: 1,
    failures: ["e2e: set-up: no browser", "live.spec.ts: a page is drawn: late"],
  });
});

test("Playwright: what the browser's console said is there whole, in one line", () => {
  const told = [1, 2, 3, 4].map(
    (n) =>
      `+   "Failed to load resource: the server responded with a status of 503 () (http://localhost:3000/api/v1/runs/${n}/events?after=0)",`,
  );
  const message = [
    "Error: \u001b[2merrors in the browser's console\u001b[22m",
    "",
    "- Array []",
    "+ Array [",
    ...told,
    "+ ]",
  ];
  const spec = {
    title: "works",
    file: "live.spec.ts",
    tests: [{ status: "unexpected", results: [{ errors: [{ message: message.join("\n") }] }] }],
  };
  const stats = { expected: 0, unexpected: 1, flaky: 0, skipped: 0 };
  const report = { stats, suites: [{ title: "live.spec.ts", specs: [spec] }], errors: [] };
  const [failure] = readPlaywrightReport(JSON.stringify(report)).failures;
  for (const n of [1, 2, 3, 4]) expect(failure).toContain(`503 () (http://localhost:3000/api/v1/runs/${n}/`);
  expect(failure).not.toContain("\n");
});

test("a reason without end is cut", () => {
  expect(inOneLine("x".repeat(5_000)).length).toBeLessThan(1_520);
});
