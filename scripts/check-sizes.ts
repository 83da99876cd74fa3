/** How long files are: median ≤ 80 lines, nine of ten ≤ 220, over 300 only with a reason at the top. */
import { repositoryFiles, type SourceFile } from "./source-files.ts";

const SOURCES = /^(app|components|lib|cli|processes|scripts|bench|e2e|examples)\/.*\.(tsx?|mjs)$/;
const LIMITS = { median: 80, ninetieth: 220, most: 300 };
/** A comment in the first lines that begins so. */
const REASON = /Long because/i;

export function checkSizes(files: SourceFile[]): { summary: string; problems: string[] } {
  const sizes = files
    .map((file) => ({ ...file, lines: file.text.split("\n").length - 1 }))
    .sort((a, b) => a.lines - b.lines);
  const at = (share: number) =>
    sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))]?.lines ?? 0;
  const problems = sizes
    .filter(
      ({ lines, text }) => lines > LIMITS.most && !REASON.test(text.split("\n").slice(0, 20).join("\n")),
    )
    .map(
      ({ path, lines }) =>
        `${path}: ${lines} lines; split it by what changes together, or say at its top "Long because …"`,
    );
  if (at(0.5) > LIMITS.median)
    problems.push(`half of the files are longer than ${LIMITS.median} lines: ${at(0.5)}`);
  if (at(0.9) > LIMITS.ninetieth)
    problems.push(`a tenth of the files is longer than ${LIMITS.ninetieth} lines: ${at(0.9)}`);
  return { summary: `${files.length} files, median ${at(0.5)} lines, 90th percentile ${at(0.9)}`, problems };
}

if (import.meta.main) {
  const { summary, problems } = checkSizes(await repositoryFiles(SOURCES));
  console.log([summary, ...problems].join("\n"));
  process.exitCode = problems.length > 0 ? 1 : 0;
}
