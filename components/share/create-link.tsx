"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "../ui/button.tsx";
import { useHydrated } from "../ui/clock.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";

export interface NewShareLink {
  label: string;
  expiresInDays: number;
}

/** Makes a share link and shows its address this once. */
export function CreateLink({ create }: { create(link: NewShareLink): Promise<Outcome<string>> }) {
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const hydrated = useHydrated();
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const [made, setMade] = useState<{ label: string; path: string } | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const link = { label: String(data.get("label")), expiresInDays: Number(data.get("expiresInDays")) };
    setPending(true);
    setRefusal(null);
    setMade(null);
    const result = await create(link).catch(() => noAnswer);
    setPending(false);
    if (!result.ok) return setRefusal(result);
    setMade({ label: link.label, path: result.value });
    form.current?.reset();
    router.refresh();
  }

  const address = made && hydrated ? new URL(made.path, location.origin).href : null;
  return (
    <form ref={form} onSubmit={submit} className="space-y-3">
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField
          label="Who is it for?"
          name="label"
          required
          maxLength={100}
          placeholder="the agency"
          autoComplete="off"
          disabled={pending}
        />
        <SelectField label="Expires" name="expiresInDays" defaultValue="7" disabled={pending}>
          <option value="1">in a day</option>
          <option value="7">in a week</option>
          <option value="30">in 30 days</option>
          <option value="90">in 90 days</option>
        </SelectField>
      </div>
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />}
      {made && address && (
        <Notice live title={`The link for ${made.label}. It is not shown again: copy it now.`}>
          <p className="font-mono text-xs wrap-anywhere select-all">{address}</p>
          <CopyButton text={address} label="Copy link" />
        </Notice>
      )}
      <Button type="submit" look="primary" pending={pending}>
        Create link
      </Button>
    </form>
  );
}
