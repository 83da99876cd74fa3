/** --local: the same operations, straight on the store, for when the web process is down. */
import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { createToken, listTokens, revokeToken } from "#lib/auth/api-token.ts";
import { recoverAdmin } from "#lib/auth/recover-admin.ts";
import { mintAdminLink, SIGN_IN_LINK_PATH } from "#lib/auth/sign-in-link.ts";
import { readEnvironment } from "#lib/config/environment.ts";
import { connections, openHome, readPorts } from "#lib/config/open-home.ts";
import { adopt } from "#lib/operations/adopt.ts";
import { backup } from "#lib/operations/backup.ts";
import { cancelRun } from "#lib/operations/cancel-run.ts";
import { connection } from "#lib/operations/connection.ts";
import type { OperationContext } from "#lib/operations/context.ts";
import type { Diagnosis } from "#lib/operations/doctor/diagnosis.ts";
import { examine } from "#lib/operations/doctor/doctor.ts";
import { asOperationError } from "#lib/operations/errors.ts";
import { init } from "#lib/operations/init.ts";
import { cancelJob } from "#lib/operations/jobs/cancel-job.ts";
import { getJob, jobOutput, listJobs } from "#lib/operations/jobs/read-jobs.ts";
import { runJob } from "#lib/operations/jobs/run-job.ts";
import { type Rotation, rotateKeys } from "#lib/operations/keys/rotate.ts";
import { maintenanceForAll } from "#lib/operations/maintenance.ts";
import { adoptionCheckView } from "#lib/operations/read/adoption-check.ts";
import { getApp, listApps } from "#lib/operations/read/apps.ts";
import { followRun } from "#lib/operations/read/follow-run.ts";
import { LiveFeed } from "#lib/operations/read/live.ts";
import { preflight } from "#lib/operations/read/preflight.ts";
import { listReceipts } from "#lib/operations/read/receipts.ts";
import { listReleases } from "#lib/operations/read/releases.ts";
import { getRun, listRuns } from "#lib/operations/read/runs.ts";
import { slotLogs } from "#lib/operations/read/slot-logs.ts";
import { removeRelease } from "#lib/operations/remove-release.ts";
import { restore } from "#lib/operations/restore.ts";
import { changeSettings, getSettings } from "#lib/operations/settings.ts";
import { addCredential, listCredentials, removeCredential } from "#lib/operations/source-credentials.ts";
import * as uploads from "#lib/operations/uploads.ts";
import { listVariables, setVariables, unsetVariable } from "#lib/operations/variables.ts";
import { verbs } from "#lib/operations/verbs.ts";
import { openStore } from "#lib/store/client.ts";
import type { RestoreReport } from "#lib/store/restore.ts";
import { type Door, Refused } from "./door.ts";
import { accessLocally } from "./local-access.ts";

export interface LocalDoor extends Door {
  /** Address of a one-time sign-in for an admin. */
  mintLink(ttlMs: number, email?: string): Promise<string>;
  rotateKeys(): Promise<Rotation>;
  restore(how: { file: string; force: boolean }): Promise<RestoreReport>;
}

/** Throws Refused unless the home is there and belongs to the OS user who asks. */
export function createLocalDoor(variables: Record<string, string | undefined>): LocalDoor {
  const environment = readEnvironment(variables);
  requireOwner(environment.home);
  const home = openHome(environment);
  const url = connections(home, environment).store;
  const store = openStore(url, { maxConnections: 3, name: "signalbox-cli" });
  const live = new LiveFeed(url, store);
  const port = environment.port ?? readPorts(home).gateway;
  const { username, uid } = userInfo();
  const context: OperationContext = {
    store,
    home,
    dashboardHosts: environment.dashboardHosts,
    site: { scheme: "http", port },
    actor: { kind: "cli", id: String(uid), name: username, role: "admin" },
  };
  return explained({
    listApps: () => listApps(context),
    getApp: (app) => getApp(context, app),
    preflight: (app, verb, input) => preflight(context, app, verb, input),
    init: (input) => init(context, input as Parameters<typeof init>[1]),
    adopt: (input) => adopt(context, input as Parameters<typeof adopt>[1]),
    checkAdoption: (input) => adoptionCheckView(context, input as Parameters<typeof adoptionCheckView>[1]),
    connections: (app, slot, as) => connection(context, { app, slot, as }),
    act: (app, verb, input) => verbs[verb].run(context, { ...input, app }),
    maintenanceForAll: (input) => maintenanceForAll(context, input),
    cancelRun: (run) => cancelRun(context, { run }),
    getRun: (run) => getRun(context, run),
    listRuns: (app, page) => listRuns(context, app, page),
    listReceipts: (app, page) => listReceipts(context, app, page),
    runEvents: (run, after, signal) => followRun(context, live, run, after, signal),
    async *logs(app, slot, query, signal) {
      yield* await slotLogs(context, app, slot, query, signal);
    },
    createToken: (input) => createToken(context, input as Parameters<typeof createToken>[1]),
    listTokens: () => listTokens(context),
    revokeToken: (id) => revokeToken(context, id),
    listVariables: (app) => listVariables(context, app),
    setVariables: (app, variables) => setVariables(context, { app, variables }),
    unsetVariable: (app, name, scope) => unsetVariable(context, { app, name, scope }),
    getSettings: (app) => getSettings(context, app),
    changeSettings: (app, settings) => changeSettings(context, { app, settings }),
    listJobs: (app, page) => listJobs(context, app, page),
    runJob: (app, command) => runJob(context, { app, command }),
    getJob: (job) => getJob(context, job),
    cancelJob: (job) => cancelJob(context, job),
    async *jobOutput(job, signal) {
      yield* await jobOutput(context, job, signal);
    },
    listReleases: (app) => listReleases(context, app),
    removeRelease: (app, id) => removeRelease(context, app, id),
    listCredentials: (app) => listCredentials(context, app),
    addCredential: (app, input) => addCredential(context, app, input as Parameters<typeof addCredential>[2]),
    removeCredential: (app, name) => removeCredential(context, app, name),
    beginUpload: (app, files) => uploads.beginUpload(context, app, { kind: "files", files }),
    addUploadFiles: (app, id, files) => uploads.addUploadFiles(context, app, id, { files }),
    getUpload: (app, id) => uploads.getUpload(context, app, id),
    putUploadBlob: (app, id, sha256, piece) => uploads.putUploadBlob(context, app, id, sha256, piece),
    completeUpload: (app, id) => uploads.completeUpload(context, app, id, new AbortController().signal),
    backup: () => backup(context, url),
    restore: (how) => restore(context, url, how),
    ...accessLocally(context),
    rotateKeys: () => rotateKeys(context),
    async mintLink(ttlMs, email) {
      const token = await (email === undefined
        ? mintAdminLink(store, ttlMs, context.actor)
        : recoverAdmin(context, email, ttlMs));
      return `http://${environment.dashboardHosts[0]}:${port}${SIGN_IN_LINK_PATH}${token}`;
    },
    async close() {
      await live.close();
      await store.$disconnect();
    },
  });
}

/** Works without the store and everything else; rejects only when there is no home. */
export async function diagnoses(variables: Record<string, string | undefined>): Promise<Diagnosis[]> {
  const environment = readEnvironment(variables);
  requireOwner(environment.home);
  return examine(environment, openHome(environment));
}

/** The home's files say who may: its key opens everything. */
function requireOwner(home: string): void {
  const found = statSync(home, { throwIfNoEntry: false });
  if (!found) {
    throw new Refused("not-found", `There is no Signalbox home at ${home}.`, {
      remedy: "Name it with --home (SIGNALBOX_HOME).",
    });
  }
  if (found.uid !== process.getuid?.()) {
    throw new Refused("forbidden", `${home} belongs to another OS user.`, {
      remedy: "--local is for the user who runs Signalbox; over the API any token does.",
    });
  }
}

/** Operations' errors in the words of the door. */
function explained<D extends object>(door: D): D {
  const say = (error: unknown): never => {
    const known = asOperationError(error);
    if (!known) throw error;
    throw new Refused(known.code, known.message, known);
  };
  return new Proxy(door, {
    get(target, key) {
      const method = Reflect.get(target, key);
      if (typeof method !== "function") return method;
      return (...args: unknown[]) => {
        const result = method.apply(target, args);
        return result instanceof Promise ? result.catch(say) : result;
      };
    },
  });
}
