/** Endpoints for variables, settings and jobs of an app. */
import { z } from "zod";
import { appSettingsSchema } from "#lib/config/app-settings.ts";
import { variableScope } from "#lib/config/variable-names.ts";
import { runJobInput } from "#lib/operations/jobs/run-job.ts";
import { changeSettingsInput } from "#lib/operations/settings.ts";
import { setVariablesInput } from "#lib/operations/variables.ts";
import type { ApiRoute } from "./api-route.ts";

const route = <const R extends ApiRoute>(value: R): R => value;
const instant = z.string().describe("ISO 8601 date");
const slot = z.enum(["blue", "green"]);
const names = z.strictObject({ names: z.array(z.string()) });

const jobAnswer = z.strictObject({
  id: z.string(),
  app: z.string(),
  kind: z.enum(["once", "cron"]),
  name: z.string(),
  command: z.string(),
  slot: slot.nullable(),
  status: z.enum(["queued", "running", "succeeded", "failed", "aborted"]),
  exitCode: z.number().nullable(),
  error: z.string().nullable(),
  requestedBy: z.string(),
  requestedAt: instant,
  dueAt: instant.nullable(),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
});

const settingsAnswer = z.strictObject({
  settings: appSettingsSchema,
  defaults: appSettingsSchema,
});

export const listVariables = route({
  method: "GET",
  path: "/apps/{app}/variables",
  id: "listVariables",
  summary: "An app's environment variables; a secret's value is never shown.",
  role: "operator",
  answer: z.strictObject({
    variables: z.array(
      z.strictObject({
        name: z.string(),
        scope: variableScope,
        secret: z.boolean(),
        value: z.string().nullable(),
        updatedBy: z.string(),
        updatedAt: instant,
      }),
    ),
    suggestions: z.array(z.string()),
    outdated: z.array(slot),
  }),
});

export const setVariables = route({
  method: "PUT",
  path: "/apps/{app}/variables",
  id: "setVariables",
  summary: "Set environment variables; others stay. They reach the live slot with an update or a restart.",
  role: "operator",
  body: setVariablesInput.omit({ app: true }),
  answer: names,
});

export const unsetVariable = route({
  method: "DELETE",
  path: "/apps/{app}/variables/{name}",
  id: "unsetVariable",
  summary: "Take an environment variable away, of one scope.",
  role: "operator",
  query: z.strictObject({ scope: variableScope.optional() }),
  answer: names,
});

export const getSettings = route({
  method: "GET",
  path: "/apps/{app}/settings",
  id: "getSettings",
  summary: "What is tuned for an app, beside the defaults. Milliseconds and bytes.",
  role: "viewer",
  answer: settingsAnswer,
});

export const changeSettings = route({
  method: "PATCH",
  path: "/apps/{app}/settings",
  id: "changeSettings",
  summary: "Change what the body names; null brings the default back.",
  role: "operator",
  body: changeSettingsInput.shape.settings,
  answer: settingsAnswer,
});

export const listJobs = route({
  method: "GET",
  path: "/apps/{app}/jobs",
  id: "listJobs",
  summary: "One-off commands and cron entries' times, newest first, and the entries of the live release.",
  role: "operator",
  query: z.strictObject({
    before: z.string().max(100).optional(),
    limit: z.coerce.number().int().min(1).max(200).optional(),
  }),
  answer: z.strictObject({
    jobs: z.array(jobAnswer),
    cron: z.array(
      z.strictObject({
        name: z.string(),
        schedule: z.string(),
        timezone: z.string(),
        command: z.string(),
        nextAt: instant.nullable(),
      }),
    ),
  }),
});

export const runJob = route({
  method: "POST",
  path: "/apps/{app}/jobs",
  id: "runJob",
  summary: "Run one command in the live slot.",
  role: "operator",
  body: runJobInput.omit({ app: true }),
  status: 202,
  answer: jobAnswer,
});

export const getJob = route({
  method: "GET",
  path: "/jobs/{id}",
  id: "getJob",
  summary: "One job.",
  role: "operator",
  within: true,
  answer: jobAnswer,
});

export const cancelJob = route({
  method: "POST",
  path: "/jobs/{id}/cancel",
  id: "cancelJob",
  summary: "End a job: SIGTERM, and SIGKILL after the app's grace.",
  role: "operator",
  within: true,
  body: z.strictObject({}),
  status: 202,
  answer: jobAnswer,
});

export const jobOutput = route({
  method: "GET",
  path: "/jobs/{id}/output",
  id: "jobOutput",
  summary: "What a job said so far and says, until its end.",
  role: "operator",
  within: true,
  answer: { stream: "{line} per message, at last {end: {status, exitCode, error}}" },
});

export const liveChangeRoutes: ApiRoute[] = [
  listVariables,
  setVariables,
  unsetVariable,
  getSettings,
  changeSettings,
  listJobs,
  runJob,
  getJob,
  cancelJob,
  jobOutput,
];
