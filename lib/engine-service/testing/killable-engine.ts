/**
 * An engine for tests that kills itself with SIGKILL at a chosen record: KILL_AT="<n>:before", "<n>:during" or "<n>:after"
 * counts the journal's writes of one run (KILL_RUN is its verb); during: while it is not written, but the engine may
 * already be at what comes next. Each engine that takes a run up counts anew. Or that kills
 * the store at the commit of such a run, before or after it came through: KILL_STORE="<pid>:before" or "<pid>:after".
 */
import { readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { composeWorlds } from "#lib/compose.ts";
import { readEnvironment } from "#lib/config/environment.ts";
import type { ClaimedRun, Journal } from "#lib/engine/journal.ts";
import { createLog } from "#lib/observability/log.ts";
import { automaticRollback } from "#lib/operations/automatic-rollback.ts";
import { startEngine } from "../start.ts";

const [at, when] = (process.env.KILL_AT ?? "").split(":");
const [storePid, storeWhen] = (process.env.KILL_STORE ?? "").split(":");
/** A step of the window takes a few of these. */
const INTO_THE_NEXT_MS = 6;

let writes = 0;
let storeKilled = false;

const kill = () => process.kill(process.pid, "SIGKILL");

/** With all its sessions: one that lives on for a moment would still answer a commit. */
function killStore(): void {
  storeKilled = true;
  const sessions = readFileSync(`/proc/${storePid}/task/${storePid}/children`, "utf8").trim().split(" ");
  for (const pid of [storePid, ...sessions]) process.kill(Number(pid), "SIGKILL");
}

function killable(journal: Journal): Journal {
  return new Proxy(journal, {
    get(target, name: keyof Journal) {
      if (name === "event") return target.event;
      return async (run: ClaimedRun, ...rest: unknown[]) => {
        const counts = (process.env.KILL_AT || storePid) && run.kind === process.env.KILL_RUN;
        if (counts) writes++;
        if (counts && writes === Number(at) && when === "before") kill();
        if (counts && writes === Number(at) && when === "during") {
          setTimeout(kill, INTO_THE_NEXT_MS);
          return new Promise(() => {});
        }
        const atCommit = counts && storePid && name === "commit" && !storeKilled;
        if (atCommit && storeWhen === "before") killStore();
        const answer = await (target[name] as (...all: unknown[]) => Promise<unknown>)(run, ...rest);
        if (counts && writes === Number(at) && when === "after") kill();
        if (atCommit && storeWhen === "after") {
          killStore();
          throw new Error("the connection broke with the answer");
        }
        return answer;
      };
    },
  });
}

await startEngine({
  environment: readEnvironment(),
  log: createLog("engine"),
  compose: composeWorlds,
  goBack: automaticRollback,
  onReplaced: () => process.exit(1),
  wrapJournal: killable,
});
// One that is killed would not write it at its end.
flushCompileCache();
