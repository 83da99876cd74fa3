"use server";
import type { NewShareLink } from "#components/share/create-link.tsx";
import type { Outcome } from "#components/ui/outcome.ts";
import { createShareLink, revokeShareLink, SHARE_PATH } from "#lib/auth/share-links.ts";
import { answer } from "./answer.ts";

/** Answers the link's path on the dashboard, this once. */
export async function makeShareLink(app: string, link: NewShareLink): Promise<Outcome<string>> {
  return answer(async (context) => SHARE_PATH + (await createShareLink(context, String(app), link)).token);
}

export async function endShareLink(id: string): Promise<Outcome<null>> {
  return answer(async (context) => {
    await revokeShareLink(context, String(id));
    return null;
  });
}
