"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";

export interface PasswordChange {
  password: string;
  currentPassword?: string;
}

interface Props {
  hasPassword: boolean;
  /** Sign-in works with it: for password managers. */
  email: string;
  minLength: number;
  save(change: PasswordChange): Promise<Outcome<null>>;
}

/** Sets the first password, or a new one against the old. */
export function PasswordForm({ hasPassword, email, minLength, save }: Props) {
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const [pending, setPending] = useState(false);
  const [result, setResult] = useState<Refused | "saved" | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setPending(true);
    setResult(null);
    const outcome = await save({
      password: String(data.get("password")),
      ...(hasPassword && { currentPassword: String(data.get("currentPassword")) }),
    }).catch(() => noAnswer);
    setPending(false);
    setResult(outcome.ok ? "saved" : outcome);
    if (!outcome.ok) return;
    form.current?.reset();
    router.refresh();
  }

  return (
    <form ref={form} onSubmit={submit} className="space-y-3">
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      {hasPassword && (
        <TextField
          label="Current password"
          name="currentPassword"
          type="password"
          required
          autoComplete="current-password"
          disabled={pending}
        />
      )}
      <TextField
        label="New password"
        name="password"
        type="password"
        required
        minLength={minLength}
        maxLength={128}
        autoComplete="new-password"
        hint={`At least ${minLength} characters. Your other sessions end.`}
        disabled={pending}
      />
      {result === "saved" && <Notice live title="The password is set." />}
      {result && result !== "saved" && (
        <RefusedNotice title={result.what} remedy={result.remedy} findings={result.findings} />
      )}
      <Button type="submit" look="primary" pending={pending}>
        {hasPassword ? "Change password" : "Set password"}
      </Button>
    </form>
  );
}
