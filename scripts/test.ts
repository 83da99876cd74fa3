/**
 * `npm test`: verify, unit tests, tests on real services, the browser. `npm run test:slow`: the long ones. Further
 * arguments go to vitest as they are. All stages run, whatever fails; what failed is named at the end;
 * the last line is `N passed, N failed`.
 */
import { browserStage, type Stage, type StageResult, verifyStage, vitestStage } from "./test-stages.ts";

const MINUTE = 60_000;
const MAX_NAMED = 20;
const args = process.argv.slice(2);
const slow = args[0] === "--slow";
const rest = slow ? args.slice(1) : args;

const stages: (Stage | null)[] = slow
  ? [vitestStage("slow", 40 * MINUTE, rest)]
  : [
      verifyStage,
      vitestStage("unit", 5 * MINUTE, rest),
      vitestStage("it", 25 * MINUTE, rest),
      browserStage(15 * MINUTE, []),
    ];

let brokenOff = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    brokenOff = true;
  });
}

const results: StageResult[] = [];
for (const stage of stages) {
  if (!stage || brokenOff) continue;
  console.log(`\n── ${stage.name} ${"─".repeat(60 - stage.name.length)}`);
  const began = performance.now();
  const counts = await stage.run();
  results.push({ name: stage.name, ms: performance.now() - began, ...counts });
}

const sum = (key: "passed" | "failed" | "skipped") =>
  results.reduce((total, result) => total + result[key], 0);
const broken = results.filter((result) => result.problem !== null);

console.log(`\n── summary ${"─".repeat(53)}`);
for (const { name, passed, failed, skipped, problem, ms } of results) {
  const seconds = `${(ms / 1000).toFixed(0)} s`.padStart(6);
  const more = `${skipped ? `, ${skipped} skipped` : ""}${problem ? `: ${problem}` : ""}`;
  console.log(
    `${failed || problem ? "FAILED" : "ok    "} ${name.padEnd(8)} ${seconds}  ${passed} passed, ${failed} failed${more}`,
  );
}
// The end of a log is what is kept and read: it names what failed.
const failures = results.flatMap(({ name, failures }) => failures.map((line) => `  ${name}: ${line}`));
for (const line of failures.slice(0, MAX_NAMED)) console.log(line);
if (failures.length > MAX_NAMED) console.log(`  and ${failures.length - MAX_NAMED} more`);
// A stage that broke counts as one failure, so that the last line can't look right.
const failed = sum("failed") + broken.filter((result) => result.failed === 0).length + (brokenOff ? 1 : 0);
console.log(`${sum("passed")} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
