"use server";
import type { NewCredential } from "#components/credentials/add-credential.tsx";
import type { Outcome } from "#components/ui/outcome.ts";
import { removeRelease } from "#lib/operations/remove-release.ts";
import { addCredential, removeCredential } from "#lib/operations/source-credentials.ts";
import { answer } from "./answer.ts";

export async function dropRelease(app: string, id: string): Promise<Outcome<null>> {
  return answer(async (context) => {
    await removeRelease(context, String(app), String(id));
    return null;
  });
}

export async function keepCredential(app: string, credential: NewCredential): Promise<Outcome<null>> {
  return answer(async (context) => {
    await addCredential(context, String(app), credential);
    return null;
  });
}

export async function dropCredential(app: string, name: string): Promise<Outcome<null>> {
  return answer(async (context) => {
    await removeCredential(context, String(app), String(name));
    return null;
  });
}
