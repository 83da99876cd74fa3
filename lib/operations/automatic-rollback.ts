/** The rollback that Signalbox asks for by itself, when a release turned out bad after its swap. */
import { appSettings } from "#lib/config/app-settings.ts";
import type { Home } from "#lib/config/home.ts";
import { whyNotArmed } from "#lib/engine/arming.ts";
import { otherSlot } from "#lib/engine/model.ts";
import { readWatchState } from "#lib/engine/watch-state.ts";
import { gateStatus } from "#lib/gate/person-lock.ts";
import type { Store } from "#lib/store/client.ts";
import { distrust } from "#lib/store/watch.ts";
import { appState } from "./app-state.ts";
import type { OperationContext } from "./context.ts";
import { refused } from "./errors.ts";
import { type RequestedRun, requestRun } from "./request-run.ts";

const ACTOR = { kind: "system", id: "watch", name: "Signalbox (watch)", role: "operator" } as const;

/**
 * Once per swap (`watched` is its run), and only while nothing would be lost: the run aborts before its commit if a
 * single row were left behind. Throws `refused` or `busy` with the reason.
 */
export async function automaticRollback(
  { store, home }: { store: Store; home: Home },
  { app: name, watched, reasons }: { app: string; watched: string; reasons: string[] },
): Promise<RequestedRun> {
  const context: OperationContext = {
    store,
    home,
    actor: ACTOR,
    dashboardHosts: [],
    site: { scheme: "http", port: 0 },
  };
  return requestRun(context, {
    verb: "rollback",
    app: name,
    idempotencyKey: `watch-${watched}`,
    resolve: () => ({ record: { acceptLoss: 0, automatic: reasons } }),
    async check(tx, app) {
      const watch = await tx.watch.findFirst({ where: { appId: app.id, runId: watched } });
      const state = readWatchState(watch?.state);
      if (!watch?.slot || !state) throw notArmed("The swap is not watched any more.");
      const why = whyNotArmed({
        autoRollback: appSettings(app.settings).autoRollback,
        kind: state.kind,
        release: state.release,
        distrusted: watch.distrusted,
        automaticRun: state.automaticRun,
        old: { fed: false, ...appState(app).slots[otherSlot(watch.slot)] },
        wayBack: await tx.wayBack.findUnique({ where: { appId: app.id } }),
        gate: gateStatus(home, name),
        busy: null,
      });
      if (why !== null) throw notArmed(why);
      await distrust(tx, { appId: app.id, runId: watched, releaseId: state.release.id });
    },
  });
}

const notArmed = (what: string) =>
  refused([
    {
      code: "not-armed",
      severity: "refuse",
      what,
      remedy: "Look at the figures and roll back by hand if they are bad.",
    },
  ]);
