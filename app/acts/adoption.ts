"use server";
import type { AdoptionQuestion, NewAdoption } from "#components/adopt/wanted.ts";
import type { Outcome } from "#components/ui/outcome.ts";
import type { SlotName } from "#lib/engine/model.ts";
import { adopt } from "#lib/operations/adopt.ts";
import { connection, type SlotConnection } from "#lib/operations/connection.ts";
import { type AdoptionCheckView, adoptionCheckView } from "#lib/operations/read/adoption-check.ts";
import { remove } from "#lib/operations/remove.ts";
import { answer } from "./answer.ts";

export async function checkAdoption(question: AdoptionQuestion): Promise<Outcome<AdoptionCheckView>> {
  return answer((context) => adoptionCheckView(context, question));
}

export async function adoptApp(app: NewAdoption): Promise<Outcome<string>> {
  return answer(async (context) => (await adopt(context, app)).run.id);
}

export async function removeApp(
  app: string,
  how: { confirm: string; deleteData: boolean },
  idempotencyKey: string,
): Promise<Outcome<string>> {
  return answer(async (context) => (await remove(context, { app, ...how, idempotencyKey })).run.id);
}

/** Shown to admins who ask; the audit says so. */
export async function showConnection(
  app: string,
  slot: SlotName,
  as: "app" | "owner",
): Promise<Outcome<SlotConnection[]>> {
  return answer((context) => connection(context, { app, slot, as }));
}
