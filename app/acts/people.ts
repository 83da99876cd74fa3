"use server";
import type { PersonChange } from "#components/people/access-dialog.tsx";
import type { NewPerson } from "#components/people/add-person.tsx";
import type { Outcome } from "#components/ui/outcome.ts";
import { SIGN_IN_LINK_PATH } from "#lib/auth/sign-in-link.ts";
import { changeUser, createUser, mintUserLink, removeUser } from "#lib/auth/users.ts";
import { answer } from "./answer.ts";

export async function addPerson(person: NewPerson): Promise<Outcome<string>> {
  return answer(async (context) => SIGN_IN_LINK_PATH + (await createUser(context, person)).link);
}

export async function changePerson(user: string, change: PersonChange): Promise<Outcome<null>> {
  return answer(async (context) => {
    await changeUser(context, String(user), change);
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
