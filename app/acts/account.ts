"use server";
import { headers } from "next/headers";
import type { AccountChange } from "#components/account/account-form.tsx";
import type { PasswordChange } from "#components/account/password-form.tsx";
import type { Outcome } from "#components/ui/outcome.ts";
import { setPassword, updateAccount } from "#lib/auth/account.ts";
import { siteOrigin } from "#lib/auth/site-origin.ts";
import { installation } from "#lib/http/installation.ts";
import { answer } from "./answer.ts";

export async function saveAccount(change: AccountChange): Promise<Outcome<null>> {
  return answer(async (context) => {
    await updateAccount(context, change);
    return null;
  });
}

export async function savePassword(change: PasswordChange): Promise<Outcome<null>> {
  return answer(async (context) => {
    await setPassword(context, change, await sessionId());
    return null;
  });
}

/** Of the browser that asks: it stays signed in. */
async function sessionId(): Promise<string | undefined> {
  const request = await headers();
  const site = installation();
  const origin = siteOrigin(request, site.dashboardHosts);
  if (origin === null) return undefined;
  return (await site.authFor(origin).api.getSession({ headers: request }))?.session.id;
}
