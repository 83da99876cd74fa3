"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import type { UserView } from "#lib/auth/user-view.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";

export interface AccountChange {
  name: string;
  email: string;
}

/** Name and address: what the audit log and other people are shown. */
export function AccountForm({
  account,
  save,
}: {
  account: UserView;
  save(change: AccountChange): Promise<Outcome<null>>;
}) {
  const router = useRouter();
  const [pending, setPending] = useState(false);
  const [result, setResult] = useState<Refused | "saved" | null>(null);
  const first = account.email.endsWith(".invalid");

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setPending(true);
    setResult(null);
    const outcome = await save({ name: String(data.get("name")), email: String(data.get("email")) }).catch(
      () => noAnswer,
    );
    setPending(false);
    setResult(outcome.ok ? "saved" : outcome);
    if (outcome.ok) router.refresh();
  }

  return (
    <form onSubmit={submit} className="space-y-3">
      <TextField
        label="Name"
        name="name"
        required
        maxLength={100}
        autoComplete="name"
        defaultValue={account.name}
        disabled={pending}
      />
      <TextField
        label="Email"
        name="email"
        type="email"
        required
        autoComplete="email"
        defaultValue={first ? "" : account.email}
        hint="You sign in with it. Nothing is sent to it."
        disabled={pending}
      />
      {result === "saved" && <Notice live title="Saved." />}
      {result && result !== "saved" && (
        <RefusedNotice title={result.what} remedy={result.remedy} findings={result.findings} />
      )}
      <Button type="submit" look="primary" pending={pending}>
        Save
      </Button>
    </form>
  );
}
