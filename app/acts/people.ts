"use server";
import type { NewPerson } from "#components/people/add-person.tsx";
import type { Outcome } from "#components/ui/outcome.ts";
import { SIGN_IN_LINK_PATH } from "#lib/auth/sign-in-link.ts";
import { createUser, mintUserLink, removeUser, setRole } from "#lib/auth/users.ts";
import type { Role } from "#lib/operations/role.ts";
import { answer } from "./answer.ts";

export async function addPerson(person: NewPerson): Promise<Outcome<string>> {
  return answer(async (context) => SIGN_IN_LINK_PATH + (await createUser(context, person)).link);
}

export async function changeRole(user: string, role: Role): Promise<Outcome<null>> {
  return answer(async (context) => {
    await setRole(context, String(user), role);
    return null;
  });
}

export async function removePerson(user: string): Promise<Outcome<null>> {
  return answer(async (context) => {
    await removeUser(context, String(user));
    return null;
  });
}

export async function newSignInLink(user: string): Promise<Outcome<string>> {
  return answer(async (context) => SIGN_IN_LINK_PATH + (await mintUserLink(context, String(user))));
}
