"use server";
import type { AccountChange } from "#components/account/account-form.tsx";
import type { PasswordChange } from "#components/account/password-form.tsx";
import type { Outcome } from "#components/ui/outcome.ts";
import { setPassword, updateAccount } from "#lib/auth/account.ts";
import { endOtherSessions, endSession } from "#lib/auth/sessions.ts";
import { sessionId } from "../session.ts";
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

export async function endMySession(id: string): Promise<Outcome<null>> {
  return answer(async (context) => {
    await endSession(context, String(id));
    return null;
  });
}

/** Answers how many. */
export async function endMyOtherSessions(): Promise<Outcome<number>> {
  return answer(async (context) => endOtherSessions(context, await sessionId()));
}
