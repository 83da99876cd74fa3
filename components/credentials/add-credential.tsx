"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "../ui/button.tsx";
import { SelectField, TextArea, TextField } from "../ui/field.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";

export interface NewCredential {
  name: string;
  kind: "token" | "ssh-key";
  secret: string;
}

interface Props {
  app: string;
  add(app: string, credential: NewCredential): Promise<Outcome<null>>;
}

/** The secret goes one way only: what was added is never shown again. */
export function AddCredential({ app, add }: Props) {
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const [kind, setKind] = useState<NewCredential["kind"]>("token");
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setPending(true);
    setRefusal(null);
    const result = await add(app, {
      name: String(data.get("name")).trim(),
      kind,
      secret: String(data.get("secret")),
    }).catch(() => noAnswer);
    setPending(false);
    if (!result.ok) return setRefusal(result);
    form.current?.reset();
    setKind("token");
    router.refresh();
  }

  const plain = { required: true, disabled: pending, autoComplete: "off", spellCheck: false } as const;
  return (
    <form ref={form} onSubmit={submit} className="space-y-3">
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField
          {...plain}
          label="Name"
          name="name"
          maxLength={63}
          autoCapitalize="none"
          placeholder="github"
        />
        <SelectField
          label="Kind"
          name="kind"
          value={kind}
          disabled={pending}
          onChange={(event) => setKind(event.target.value as NewCredential["kind"])}
        >
          <option value="token">Token, for https</option>
          <option value="ssh-key">Private key, for ssh</option>
        </SelectField>
      </div>
      {kind === "token" ? (
        <TextField
          {...plain}
          key="token"
          label="Token"
          name="secret"
          type="password"
          hint="One that may read the repository; with a user's name as user:token where the server wants one."
        />
      ) : (
        <TextArea
          {...plain}
          key="ssh-key"
          label="Private key"
          name="secret"
          rows={6}
          hint="A deploy key without a passphrase, from its BEGIN line to its END line."
        />
      )}
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />}
      <Button type="submit" pending={pending}>
        Add credential
      </Button>
    </form>
  );
}
