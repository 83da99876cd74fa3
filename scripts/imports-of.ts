import { dirname, join, normalize } from "node:path";
import type { SourceFile } from "./source-files.ts";

export interface Import {
  line: number;
  /** As written. */
  specifier: string;
  /** Path in the repository; null for packages and Node's own modules. */
  target: string | null;
  typeOnly: boolean;
}

const STATEMENT =
  /(?:^|[\n;])\s*(import|export)\s+(type\s)?(?:[\w*{}\s,$]*?\sfrom\s*)?["']([^"'\n]+)["']|\bimport\(\s*["']([^"'\n]+)["']\s*\)/g;

/** What a file imports, statically and dynamically, with this repository's aliases resolved. */
export function importsOf(file: SourceFile): Import[] {
  return [...file.text.matchAll(STATEMENT)].map((match) => {
    const specifier = match[3] ?? match[4] ?? "";
    const at = (match.index ?? 0) + match[0].indexOf(specifier);
    return {
      line: file.text.slice(0, at).split("\n").length,
      specifier,
      target: resolve(file.path, specifier),
      typeOnly: match[2] !== undefined,
    };
  });
}

function resolve(from: string, specifier: string): string | null {
  if (specifier.startsWith("#")) return specifier.slice(1);
  if (specifier.startsWith(".")) return normalize(join(dirname(from), specifier));
  return null;
}
