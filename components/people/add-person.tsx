"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useRef, useState } from "react";
import type { Role } from "#lib/operations/role.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";
import { LinkShownOnce } from "./link-shown-once.tsx";
import { roleMeaning } from "./role-meaning.ts";

export interface NewPerson {
  name: string;
  email: string;
  role: Role;
}

interface Props {
  roles: readonly Role[];
  add(person: NewPerson): Promise<Outcome<string>>;
}

/** Makes somebody who may sign in; answers with a link to hand over. */
export function AddPerson({ roles, add }: Props) {
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const [made, setMade] = useState<{ name: string; path: string } | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const person = {
      name: String(data.get("name")),
      email: String(data.get("email")),
      role: String(data.get("role")) as Role,
    };
    setPending(true);
    setRefusal(null);
    const result = await add(person).catch(() => noAnswer);
    setPending(false);
    if (!result.ok) return setRefusal(result);
    setMade({ name: person.name, path: result.value });
    form.current?.reset();
    router.refresh();
  }

  return (
    <form ref={form} onSubmit={submit} className="space-y-3">
      <div className="grid gap-3 sm:grid-cols-3">
        <TextField label="Name" name="name" required maxLength={100} autoComplete="off" disabled={pending} />
        <TextField label="Email" name="email" type="email" required autoComplete="off" disabled={pending} />
        <SelectField label="Role" name="role" defaultValue="operator" disabled={pending}>
          {roles.map((role) => (
            <option key={role} value={role}>
              {role}: {roleMeaning[role]}
            </option>
          ))}
        </SelectField>
      </div>
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />}
      {made && <LinkShownOnce {...made} />}
      <Button type="submit" look="primary" pending={pending}>
        Add person
      </Button>
    </form>
  );
}
