/** Whether imports point the way they should. `node scripts/check-imports.ts` */
import { DUMPING_GROUND, LAYERS, type Layer } from "./import-rules.ts";
import { type Import, importsOf } from "./imports-of.ts";
import { repositoryFiles, type SourceFile } from "./source-files.ts";

const SOURCES =
  /^(app|components|lib|cli|processes|scripts|bench|e2e|examples)\/.*\.tsx?$|^(middleware|instrumentation)\.ts$/;
const IS_TEST = /\.test\.tsx?$|(^|\/)(testing|e2e)(\/|\.ts$)|(^|\/)contract[./-]/;
/** `imports` in package.json. */
const HAS_ALIAS = /^(lib|components|cli|bench|e2e)\//;
/** Next loads these under the name that they must have. */
const NAMED_BY_FRAMEWORK = /^app\//;

/** Sentences of the form `file:line: what is wrong; what to do`. */
export function checkImports(files: SourceFile[]): string[] {
  return files.flatMap((file) => [
    ...checkName(file),
    ...importsOf(file).flatMap((found) => {
      const wrong = checkOne(file.path, found);
      return wrong ? [`${file.path}:${found.line}: ${wrong}`] : [];
    }),
  ]);
}

function checkName({ path }: SourceFile): string[] {
  if (!DUMPING_GROUND.test(path) || NAMED_BY_FRAMEWORK.test(path)) return [];
  return [
    `${path}: the name says nothing about what is in it; name it for what it does, in a part that it belongs to`,
  ];
}

function checkOne(path: string, { specifier, target, typeOnly }: Import): string | null {
  const layer = LAYERS.find(({ of }) => path.startsWith(of));
  if (target === null) return checkPackage(path, layer, specifier);
  if (specifier.startsWith(".") && partOf(path) !== partOf(target) && HAS_ALIAS.test(target)) {
    return `${specifier} leaves ${partOf(path)}; write #${target}`;
  }
  if (/^(lib|cli|processes)\//.test(path) && target.endsWith(".tsx")) {
    return `${specifier} is a .tsx file, which a process can't load without a build; keep components out of ${partOf(path)}`;
  }
  if (IS_TEST.test(path)) return null;
  if (IS_TEST.test(target) && !path.startsWith("scripts/") && !path.startsWith("bench/")) {
    return `${specifier} is for tests only; what the product needs of it belongs beside it`;
  }
  if (!layer || [layer.of, ...layer.may].some((allowed) => target.startsWith(allowed))) return null;
  if (typeOnly && layer.types?.some((allowed) => target.startsWith(allowed))) return null;
  return `${layer.of} may not import ${target}; ${layer.instead}`;
}

function checkPackage(path: string, layer: Layer | undefined, specifier: string): string | null {
  if (specifier === "server-only" && /^(lib|cli|processes)\//.test(path)) {
    return "server-only does not load outside Next; lib/ is loaded by processes too";
  }
  if (!layer?.packages || IS_TEST.test(path) || layer.packages.includes(specifier)) return null;
  return `${layer.of} may not import ${specifier}; ${layer.instead}`;
}

/** `lib/store`, `app`: the unit inside which imports are relative. */
const partOf = (path: string) =>
  path
    .split("/")
    .slice(0, path.startsWith("lib/") ? 2 : 1)
    .join("/");

if (import.meta.main) {
  const problems = checkImports(await repositoryFiles(SOURCES));
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
