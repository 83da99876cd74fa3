/** kamal-proxy comes as source only: an own build on the PATH, or one made with the Go toolchain. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findProgram } from "./programs.ts";

const PACKAGE = "github.com/basecamp/kamal-proxy/cmd/kamal-proxy@latest";
const BUILD_MS = 300_000;

/** Path of the program; rejects with what to do when there is none and it can't be built. */
export async function kamalProxy({ build }: { build: boolean }): Promise<string> {
  const found = process.env.KAMAL_PROXY ?? findProgram("kamal-proxy");
  if (found) return found;
  const gopath = join(tmpdir(), "signalbox-bench-go");
  const built = join(gopath, "bin", "kamal-proxy");
  if (existsSync(built)) return built;
  const go = findProgram("go");
  if (go === null) throw new Error("needs a Go toolchain, or KAMAL_PROXY=/path/to/kamal-proxy");
  if (!build)
    throw new Error("not built yet: run once without --quick, or set KAMAL_PROXY=/path/to/kamal-proxy");
  try {
    const env = { ...process.env, GOPATH: gopath, GOFLAGS: "-modcacherw" };
    await promisify(execFile)(go, ["install", PACKAGE], { env, timeout: BUILD_MS });
    return built;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split("\n")[0] ?? String(error);
    throw new Error(`can't be built (${said}); set KAMAL_PROXY=/path/to/kamal-proxy`);
  }
}
