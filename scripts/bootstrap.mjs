/**
 * What every npm script goes through: does the set-up that is missing, then runs scripts/<verb>.ts with the Node
 * that is pinned in package.json. This file and scripts/setup/ run on Node 20 with nothing installed. Progress
 * goes to standard error; standard output belongs to the verb.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureBuild } from "./setup/build.mjs";
import { ensureDependencies, pinnedNode } from "./setup/dependencies.mjs";
import { ensureClient } from "./setup/generate.mjs";
import { locked } from "./setup/lock.mjs";
import { REPOSITORY, Stop, say } from "./setup/say.mjs";

/** Verb → its script, and whether it needs the dashboard's production build (with these arguments). */
const VERBS = {
  setup: { script: null, build: true },
  demo: { script: "demo.ts", build: true },
  start: { script: "start.ts", build: true },
  test: { script: "test.ts", build: true },
  "test:slow": { script: "test.ts", args: ["--slow"], build: true },
  verify: { script: "verify.ts", build: false },
  bench: { script: "bench.ts", build: (args) => args.includes("swap") },
  torture: { script: "torture.ts", build: true },
};

async function main() {
  const [name, ...args] = process.argv.slice(2);
  const verb = Object.hasOwn(VERBS, name ?? "") ? VERBS[name] : null;
  if (!verb) throw new Stop(`usage: node scripts/bootstrap.mjs ${Object.keys(VERBS).join("|")}`, 2);
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new Stop(`Signalbox needs Node 20 or newer to set itself up; this is ${process.version}.`);
  }
  if (process.platform !== "linux") {
    throw new Stop(
      `Signalbox runs on Linux; this is ${process.platform}. A container or a virtual machine will do.`,
    );
  }
  const file = verb.script && join(REPOSITORY, "scripts", verb.script);
  if (file && !existsSync(file)) throw new Stop(`there is no ${name} in this version`, 2);

  await locked(async () => {
    await ensureDependencies();
    await ensureClient();
    if (typeof verb.build === "function" ? verb.build(args) : verb.build) await ensureBuild();
  });
  if (!file) return 0;
  return run(pinnedNode(), [file, ...(verb.args ?? []), ...args]);
}

/** Runs to its end; signals go through to it, and it decides when to stop. */
function run(program, args) {
  const bin = join(REPOSITORY, "node_modules", ".bin");
  const path = (process.env.PATH ?? "").split(":").filter((dir) => dir !== bin);
  // A shell that became root without a login may lack the folders that useradd is in.
  const system = ["/usr/sbin", "/sbin"].filter((dir) => !path.includes(dir));
  const child = spawn(program, args, {
    stdio: "inherit",
    env: { ...process.env, PATH: [bin, ...path, ...system].join(":") },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal ? 128 + 15 : code));
  });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    say(error instanceof Stop ? error.message : (error?.stack ?? String(error)));
    process.exitCode = error instanceof Stop ? error.code : 1;
  },
);
