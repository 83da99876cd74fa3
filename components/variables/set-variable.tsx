"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "../ui/button.tsx";
import { SelectField, TextArea, TextField } from "../ui/field.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";

export interface NewVariable {
  name: string;
  value: string;
  secret: boolean;
  scope: "both" | "live" | "preview";
}

interface Props {
  app: string;
  save(app: string, variable: NewVariable): Promise<Outcome<null>>;
  /** A name to begin with, for previews alone. */
  suggested: string | null;
}

/** Sets one variable; a value that is there is replaced. */
export function SetVariable({ app, save, suggested }: Props) {
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setPending(true);
    setRefusal(null);
    const result = await save(app, {
      name: String(data.get("name")).trim(),
      value: String(data.get("value")).replaceAll("\r\n", "\n"),
      secret: data.get("secret") === "on",
      scope: String(data.get("scope")) as NewVariable["scope"],
    }).catch(() => noAnswer);
    setPending(false);
    if (!result.ok) return setRefusal(result);
    form.current?.reset();
    router.refresh();
  }

  return (
    <form ref={form} onSubmit={submit} className="space-y-3" key={suggested}>
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField
          label="Name"
          name="name"
          required
          maxLength={128}
          placeholder="SMTP_URL"
          defaultValue={suggested ?? ""}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          disabled={pending}
        />
        <SelectField
          label="For"
          name="scope"
          defaultValue={suggested ? "preview" : "both"}
          hint="The preview is the slot that testers see; what is set for it alone goes before the rest."
          disabled={pending}
        >
          <option value="both">live and preview</option>
          <option value="live">live only</option>
          <option value="preview">preview only</option>
        </SelectField>
      </div>
      <TextArea
        label="Value"
        name="value"
        rows={2}
        autoComplete="off"
        spellCheck={false}
        disabled={pending}
        hint="Sealed before it is stored. It may have several lines; at most 64 KiB."
      />
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          name="secret"
          defaultChecked
          disabled={pending}
          className="size-4 accent-ink"
        />
        Secret: never shown again
      </label>
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />}
      <Button type="submit" look="primary" pending={pending}>
        Set variable
      </Button>
    </form>
  );
}
