/** Conducts runs and looks after the apps. Its end, however it comes, stops no app. */
import { flushCompileCache } from "node:module";
import { composeWorlds } from "#lib/compose.ts";
import { readEnvironment } from "#lib/config/environment.ts";
import { startEngine } from "#lib/engine-service/start.ts";
import { createLog } from "#lib/observability/log.ts";
import { automaticRollback } from "#lib/operations/automatic-rollback.ts";

const log = createLog("engine");
const engine = await startEngine({
  environment: readEnvironment(),
  log,
  compose: composeWorlds,
  goBack: automaticRollback,
  onReplaced: () => {
    log.fatal("another engine works now; this one ends");
    process.exit(1);
  },
});
// One that is killed would leave nothing for the next one.
flushCompileCache();

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => engine.stop().finally(() => process.exit(0)));
}
