/** Every endpoint of /api/v1 but the two health checks: the handlers and the API's document both begin here. */
import { z } from "zod";
import { preflightAnswer } from "#lib/engine-service/control.ts";
import { initInput } from "#lib/operations/init.ts";
import { audienceField, hostField, slotField } from "#lib/operations/input-fields.ts";
import { maintenanceForAllInput } from "#lib/operations/maintenance.ts";
import { MOST_RECEIPTS } from "#lib/operations/read/receipts.ts";
import { accessRoutes } from "./access-routes.ts";
import { adoptionRoutes } from "./adoption-routes.ts";
import type { ApiRoute } from "./api-route.ts";
import { liveChangeRoutes } from "./live-change-routes.ts";
import { releaseRoutes } from "./release-routes.ts";
import { appSummary, appView, receiptEntry, runSummary, runView } from "./view-schemas.ts";

const route = <const R extends ApiRoute>(value: R): R => value;
const positive = (max: number) => z.coerce.number().int().min(1).max(max).optional();

/** 202: the run is queued; follow it at `url`. */
export const acceptedRun = z.strictObject({ run: z.strictObject({ id: z.string(), url: z.string() }) });

export const listApps = route({
  method: "GET",
  path: "/apps",
  id: "listApps",
  summary: "All apps.",
  role: "viewer",
  within: true,
  answer: z.strictObject({ apps: z.array(appSummary) }),
});

export const initApp = route({
  method: "POST",
  path: "/apps",
  id: "init",
  summary: "Make an app with its two slots.",
  role: "admin",
  body: initInput,
  status: 202,
  answer: acceptedRun,
});

export const getApp = route({
  method: "GET",
  path: "/apps/{app}",
  id: "getApp",
  summary: "One app: slots, releases, domains, gate, what may be done and why not.",
  role: "viewer",
  answer: appView,
});

/** One route for all verbs; the document shows one path each, with its own body. */
export const actOnApp = route({
  method: "POST",
  path: "/apps/{app}/{verb}",
  id: "act",
  summary: "Ask for a run.",
  role: "operator",
  body: z.record(z.string(), z.unknown()),
  status: 202,
  answer: acceptedRun,
});

export const listRuns = route({
  method: "GET",
  path: "/apps/{app}/runs",
  id: "listRuns",
  summary: "Runs of an app, newest first.",
  role: "viewer",
  query: z.strictObject({ before: z.string().max(100).optional(), limit: positive(200) }),
  answer: z.strictObject({ runs: z.array(runSummary) }),
});

export const listReceipts = route({
  method: "GET",
  path: "/apps/{app}/receipts",
  id: "listReceipts",
  summary: "What an app's swaps and rollbacks measured, newest first.",
  role: "viewer",
  query: z.strictObject({ before: z.string().max(100).optional(), limit: positive(MOST_RECEIPTS) }),
  answer: z.strictObject({ receipts: z.array(receiptEntry) }),
});

export const preflightVerb = route({
  method: "GET",
  path: "/apps/{app}/preflight/{verb}",
  id: "preflight",
  summary: "Every reason against a verb, looked up now. Takes up to a few seconds.",
  role: "viewer",
  query: z.strictObject({
    slot: slotField.optional(),
    domain: hostField.optional(),
    audience: audienceField.optional(),
    /** Of a sync. */
    mode: z.enum(["stream", "snapshot"]).optional(),
    /** Of a rollback. */
    lossy: z.enum(["true", "false"]).optional(),
  }),
  answer: preflightAnswer,
});

export const slotLogs = route({
  method: "GET",
  path: "/apps/{app}/logs/{slot}",
  id: "slotLogs",
  summary: "Log lines of a slot's processes as they come.",
  role: "operator",
  query: z.strictObject({
    process: z.string().max(63).optional(),
    tail: z.coerce.number().int().min(0).max(5000).optional(),
    follow: z.enum(["true", "false"]).optional(),
  }),
  answer: { stream: "{at, process, line} per message" },
});

export const liveApp = route({
  method: "GET",
  path: "/apps/{app}/live",
  id: "liveApp",
  summary: "The app, its active run and its traffic as they change: all that a page needs.",
  role: "viewer",
  answer: { stream: '{type: "app", app} | {type: "run", run} | {type: "traffic", traffic} per message' },
});

export const stagingPass = route({
  method: "GET",
  path: "/apps/{app}/staging-pass",
  id: "stagingPass",
  summary: "Addresses that let a tester in to the staging domains.",
  role: "tester",
  answer: z.strictObject({
    expiresAt: z.string(),
    urls: z.array(z.strictObject({ host: z.string(), url: z.string() })),
  }),
});

export const getRun = route({
  method: "GET",
  path: "/runs/{id}",
  id: "getRun",
  summary: "A run with its steps and, when it is over, its receipt.",
  role: "viewer",
  within: true,
  answer: runView,
});

export const cancelRun = route({
  method: "POST",
  path: "/runs/{id}/cancel",
  id: "cancelRun",
  summary: "Ask a run to go back; possible until its commit.",
  role: "operator",
  within: true,
  body: z.strictObject({}),
  status: 202,
  answer: acceptedRun,
});

export const runEvents = route({
  method: "GET",
  path: "/runs/{id}/events",
  id: "runEvents",
  summary: "A run's events, past and coming; ends with the run. Goes on after Last-Event-ID (or `after`).",
  role: "viewer",
  within: true,
  query: z.strictObject({ after: z.coerce.number().int().min(0).optional() }),
  answer: { stream: "{seq, at, type, data} per message, the id is seq" },
});

export const lostRows = route({
  method: "GET",
  path: "/runs/{id}/lost-rows",
  id: "lostRows",
  summary: "The rows that a rollback left behind.",
  role: "operator",
  within: true,
  answer: { download: "application/jsonl" },
});

export const maintenanceForAll = route({
  method: "POST",
  path: "/maintenance",
  id: "maintenanceForAll",
  summary: "Close or open the gate of every app.",
  role: "operator",
  body: maintenanceForAllInput,
  answer: z.strictObject({ on: z.boolean() }),
});

const diagnosis = z.strictObject({
  area: z.enum(["machine", "home", "processes", "databases", "gateways", "apps"]),
  name: z.string(),
  state: z.enum(["ok", "warn", "fail"]),
  what: z.string(),
  remedy: z.string().nullable(),
});

export const getSystem = route({
  method: "GET",
  path: "/system",
  id: "getSystem",
  summary: "How the installation itself is: every part looked at now, disk use, the last backup.",
  role: "admin",
  answer: z.strictObject({
    diagnoses: z.array(diagnosis),
    disk: z
      .strictObject({
        at: z.string(),
        parts: z.array(z.strictObject({ name: z.string(), bytes: z.number() })),
        free: z.number(),
        total: z.number(),
      })
      .nullable(),
    lastBackup: z.strictObject({ at: z.string(), by: z.string() }).nullable(),
  }),
});

export const backupStore = route({
  method: "GET",
  path: "/system/backup",
  id: "backup",
  summary: "The store as one file, as it is at this moment. Without slots' data and the home's keys.",
  role: "admin",
  answer: { download: "application/gzip" },
});

export const apiRoutes: ApiRoute[] = [
  getSystem,
  backupStore,
  listApps,
  initApp,
  getApp,
  actOnApp,
  listRuns,
  listReceipts,
  preflightVerb,
  slotLogs,
  liveApp,
  stagingPass,
  getRun,
  cancelRun,
  runEvents,
  lostRows,
  maintenanceForAll,
  ...adoptionRoutes,
  ...accessRoutes,
  ...liveChangeRoutes,
  ...releaseRoutes,
];
