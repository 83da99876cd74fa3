/** Endpoints about apps that somebody else starts. */
import { z } from "zod";
import { adoptionItem } from "#lib/engine-service/control.ts";
import { adoptInput } from "#lib/operations/adopt.ts";
import { connectionInput } from "#lib/operations/connection.ts";
import { adoptionCheckInput } from "#lib/operations/read/adoption-check.ts";
import type { ApiRoute } from "./api-route.ts";

const route = <const R extends ApiRoute>(value: R): R => value;

export const checkAdoption = route({
  method: "POST",
  path: "/adoptions/check",
  id: "checkAdoption",
  summary: "What is missing before a running app can be adopted, with the SQL to run. Changes nothing.",
  role: "admin",
  body: adoptionCheckInput,
  answer: z.strictObject({ ok: z.boolean(), items: z.array(adoptionItem) }),
});

export const adoptApp = route({
  method: "POST",
  path: "/adoptions",
  id: "adopt",
  summary: "Take an app that runs already behind the gate.",
  role: "admin",
  body: adoptInput,
  status: 202,
  answer: z.strictObject({ run: z.strictObject({ id: z.string(), url: z.string() }) }),
});

export const slotConnection = route({
  method: "POST",
  path: "/apps/{app}/connections/{slot}",
  id: "connection",
  summary: "What a version that somebody else starts connects to. Noted in the audit.",
  role: "admin",
  body: connectionInput.pick({ as: true }),
  answer: z.strictObject({ connections: z.array(z.strictObject({ name: z.string(), url: z.string() })) }),
});

export const adoptionRoutes: ApiRoute[] = [checkAdoption, adoptApp, slotConnection];
