"use server";
import type { AdoptionQuestion, NewAdoption } from "#components/adopt/wanted.ts";
import type { Outcome } from "#components/ui/outcome.ts";
import { adopt } from "#lib/operations/adopt.ts";
import { type AdoptionCheckView, adoptionCheckView } from "#lib/operations/read/adoption-check.ts";
import { answer } from "./answer.ts";

export async function checkAdoption(question: AdoptionQuestion): Promise<Outcome<AdoptionCheckView>> {
  return answer((context) => adoptionCheckView(context, question));
}

export async function adoptApp(app: NewAdoption): Promise<Outcome<string>> {
  return answer(async (context) => (await adopt(context, app)).run.id);
}
