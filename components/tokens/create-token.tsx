"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useRef, useState } from "react";
import type { Role } from "#lib/operations/role.ts";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";

export interface NewToken {
  name: string;
  role: Exclude<Role, "none">;
  /** Absent: all. */
  apps?: string[];
  expiresInDays?: number;
}

interface Props {
  roles: readonly NewToken["role"][];
  apps: string[];
  create(token: NewToken): Promise<Outcome<string>>;
}

/** Makes a token and shows its secret this once. */
export function CreateToken({ roles, apps, create }: Props) {
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const [secret, setSecret] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const days = String(data.get("expiresInDays") ?? "");
    const chosen = data.getAll("apps").map(String);
    setPending(true);
    setRefusal(null);
    setSecret(null);
    const result = await create({
      name: String(data.get("name")),
      role: String(data.get("role")) as NewToken["role"],
      ...(chosen.length > 0 && { apps: chosen }),
      ...(days !== "" && { expiresInDays: Number(days) }),
    }).catch(() => noAnswer);
    setPending(false);
    if (!result.ok) return setRefusal(result);
    setSecret(result.value);
    form.current?.reset();
    router.refresh();
  }

  return (
    <form ref={form} onSubmit={submit} className="space-y-3">
      <div className="grid gap-3 sm:grid-cols-3">
        <TextField
          label="Name"
          name="name"
          required
          maxLength={100}
          placeholder="deploy script"
          autoComplete="off"
          disabled={pending}
        />
        <SelectField label="Role" name="role" defaultValue="operator" disabled={pending}>
          {roles.map((role) => (
            <option key={role}>{role}</option>
          ))}
        </SelectField>
        <SelectField label="Expires" name="expiresInDays" defaultValue="90" disabled={pending}>
          <option value="30">in 30 days</option>
          <option value="90">in 90 days</option>
          <option value="365">in a year</option>
          <option value="">never</option>
        </SelectField>
      </div>
      {apps.length > 0 && (
        <fieldset disabled={pending}>
          <legend className="mb-1 font-medium">
            Only for{" "}
            <span className="font-normal text-soft">(none chosen: every app, also those to come)</span>
          </legend>
          <div className="flex flex-wrap gap-x-4 gap-y-1">
            {apps.map((app) => (
              <label key={app} className="inline-flex min-h-9 items-center gap-2">
                <input type="checkbox" name="apps" value={app} className="size-4 accent-ink" />
                {app}
              </label>
            ))}
          </div>
        </fieldset>
      )}
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />}
      {secret && (
        <Notice live title="The token. It is not shown again: copy it now.">
          <p className="font-mono text-xs wrap-anywhere select-all">{secret}</p>
          <CopyButton text={secret} label="Copy token" />
        </Notice>
      )}
      <Button type="submit" look="primary" pending={pending}>
        Create token
      </Button>
    </form>
  );
}
