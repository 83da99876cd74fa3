#!/usr/bin/env node
// Runs on any Node: the command itself wants the Node that came with the package.
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const main = join(dirname(fileURLToPath(import.meta.url)), "main.ts");
// What Node has compiled is kept: it starts in half of the time. Only in a home of our own, as it is run unseen.
const { NODE_COMPILE_CACHE, HOME } = process.env;
const compiled = NODE_COMPILE_CACHE || (isOurs(HOME) && join(HOME, ".cache", "signalbox"));
if (Number(process.versions.node.split(".")[0]) >= 24) {
  if (compiled) module.enableCompileCache(compiled);
  await import("./main.ts");
} else {
  const packaged = createRequire(import.meta.url).resolve("node/package.json");
  const child = spawn(join(dirname(packaged), "bin", "node"), [main, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, ...(compiled && { NODE_COMPILE_CACHE: compiled }) },
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`signalbox: the Node that came with it can't be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code) => {
    process.exitCode = code ?? 1;
  });
}

function isOurs(folder) {
  try {
    return statSync(folder).uid === process.getuid();
  } catch {
    return false;
  }
}
