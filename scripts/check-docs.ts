/** Whether what the documents point at exists: files, folders, npm scripts. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { REPOSITORY } from "#lib/config/environment.ts";
import { repositoryFiles, type SourceFile } from "./source-files.ts";

const PATHS =
  /`((?:app|bench|cli|components|docs|e2e|examples|lib|maintenance|prisma|processes|scripts)\/[\w./[\]-]*[\w\]])`/g;
const LINKS = /\]\((?!https?:|mailto:|#)([^)\s#]+)(?:#[^)]*)?\)/g;
const NPM_SCRIPTS = /\bnpm run ([a-z][\w:-]*)/g;

export async function checkDocs(files: SourceFile[]): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(join(REPOSITORY, "package.json"), "utf8"));
  return files.flatMap(({ path, text }) => {
    const missing = (target: string) => !existsSync(join(REPOSITORY, target));
    const pointsAt = [
      ...[...text.matchAll(PATHS)].map((match) => ({ match, target: match[1]! })),
      ...[...text.matchAll(LINKS)].map((match) => ({
        match,
        target: normalize(join(dirname(path), match[1]!)),
      })),
    ];
    const dead = pointsAt.filter(({ target }) => missing(target) && !MADE_AT_RUN_TIME.test(target));
    const unknown = [...text.matchAll(NPM_SCRIPTS)].filter((match) => !(match[1]! in scripts));
    const line = (match: RegExpExecArray) => text.slice(0, match.index).split("\n").length;
    return [
      ...dead.map(({ match, target }) => `${path}:${line(match)}: there is no ${target}`),
      ...unknown.map((match) => `${path}:${line(match)}: there is no npm script ${match[1]}`),
    ];
  });
}

/** Locks and app folders under maintenance/ come and go. */
const MADE_AT_RUN_TIME = /^maintenance\/|^lib\/store\/generated/;

if (import.meta.main) {
  const problems = await checkDocs(
    await repositoryFiles(/^(README|docs\/.*|maintenance\/.*|examples\/.*)\.md$/),
  );
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
