/** Makes an app: its two slots, its domains, and a run that provisions their data. */
import { z } from "zod";
import { appName } from "#lib/config/manifest.ts";
import { type OperationContext, requireRole } from "./context.ts";
import { appFields, hostField } from "./input-fields.ts";
import { makeApp } from "./make-app.ts";
import { parseInput } from "./parse-input.ts";
import type { RequestedRun } from "./request-run.ts";

/** Of every new app. */
export const newAppFields = {
  name: appName,
  publicDomains: z.array(hostField).min(1).max(50),
  stagingDomains: z.array(hostField).max(50).default([]),
  /** Who reaches the staging domains: anybody, or testers who signed in. */
  stagingAccess: z.enum(["open", "testers"]).default("testers"),
  idempotencyKey: appFields.idempotencyKey,
};

export const initInput = z.strictObject(newAppFields);

/** Needs admin. Asked again for an app whose provisioning did not succeed, it takes the new domains and tries again. */
export async function init(
  context: OperationContext,
  input: z.input<typeof initInput>,
): Promise<RequestedRun> {
  requireRole(context, "admin");
  return makeApp(context, { verb: "init", runtime: "process", ...parseInput(initInput, input) });
}
