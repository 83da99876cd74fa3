/** The dashboard's production build, made again when what it is made of changed. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pinnedNode } from "./dependencies.mjs";
import { succeeds } from "./run.mjs";
import { REPOSITORY, Stop, say, seconds } from "./say.mjs";

const STAMP = join(REPOSITORY, ".next", "signalbox-stamp");
const FOLDERS = ["app", "components", "lib", "public", "prisma"];
/** Not in the dashboard: made from other sources, loaded by other processes, or of tests. */
const LEFT_OUT = /^lib\/(store\/generated|drivers|supervisor|compose\.ts)$|\/testing(\.ts)?$|\.test\.tsx?$/;
const FILES = [
  "middleware.ts",
  "instrumentation.ts",
  "next.config.ts",
  "postcss.config.mjs",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
];

export async function ensureBuild() {
  const wanted = contentStamp();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
  say("Building the dashboard. This takes about a minute, and only when its sources changed.");
  const began = Date.now();
  // A build that is broken off must not pass for a finished one.
  rmSync(STAMP, { force: true });
  const cli = join(REPOSITORY, "node_modules", "next", "dist", "bin", "next");
  const ok = await succeeds(pinnedNode(), [cli, "build"], {
    quiet: true,
    env: { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
  });
  if (!ok) throw new Stop("The dashboard could not be built; the messages are above.");
  // Of the sources as they were before: what changed during the build is built the next time.
  writeFileSync(STAMP, wanted);
  say(`The dashboard is built (${seconds(began)}).`);
}

/** A hash over names and contents of all that goes into the build; dates say nothing after a git checkout. */
function contentStamp() {
  const hash = createHash("sha256");
  const add = (path) => {
    hash.update(`${path}\0`);
    hash.update(readFileSync(join(REPOSITORY, path)));
  };
  for (const file of FILES) if (existsSync(join(REPOSITORY, file))) add(file);
  const walk = (folder) => {
    const entries = readdirSync(join(REPOSITORY, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = `${folder}/${entry.name}`;
      if (LEFT_OUT.test(path)) continue;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) add(path);
    }
  };
  for (const folder of FOLDERS) if (existsSync(join(REPOSITORY, folder))) walk(folder);
  return hash.digest("hex");
}
