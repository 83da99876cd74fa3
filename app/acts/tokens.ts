"use server";
import type { NewToken } from "#components/tokens/create-token.tsx";
import type { Outcome } from "#components/ui/outcome.ts";
import { createToken, revokeToken } from "#lib/auth/api-token.ts";
import { answer } from "./answer.ts";

/** Answers the secret, this once. */
export async function makeToken(token: NewToken): Promise<Outcome<string>> {
  return answer(async (context) => (await createToken(context, token)).secret);
}

export async function endToken(id: string): Promise<Outcome<null>> {
  return answer(async (context) => {
    await revokeToken(context, String(id));
    return null;
  });
}
