"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "../ui/button.tsx";
import { Choice } from "../ui/choice.tsx";
import { TextArea, TextField } from "../ui/field.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { newIdempotencyKey } from "../verb/idempotency-key.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";
import { hostLines } from "./host-lines.ts";

export interface NewApp {
  name: string;
  publicDomains: string[];
  stagingDomains: string[];
  stagingAccess: "open" | "testers";
  idempotencyKey: string;
}

/** Name and domains; the two slots are made from that. */
export function InitForm({ create }: { create(app: NewApp): Promise<Outcome<string>> }) {
  const router = useRouter();
  const key = useRef("");
  const [access, setAccess] = useState<NewApp["stagingAccess"]>("testers");
  const [problems, setProblems] = useState<{ name?: string; publicDomains?: string }>({});
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const [pending, setPending] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = String(form.get("name") ?? "").trim();
    const publicDomains = hostLines(String(form.get("publicDomains") ?? ""));
    const wrong = {
      ...(/^[a-z][a-z0-9-]{0,30}$/.test(name)
        ? {}
        : { name: "lower-case letters, digits and dashes, beginning with a letter, at most 31." }),
      ...(publicDomains.length > 0 ? {} : { publicDomains: "name at least one." }),
    };
    setProblems(wrong);
    if (Object.keys(wrong).length > 0 || pending) return;
    setPending(true);
    setRefusal(null);
    key.current ||= newIdempotencyKey();
    const result = await create({
      name,
      publicDomains,
      stagingDomains: hostLines(String(form.get("stagingDomains") ?? "")),
      stagingAccess: access,
      idempotencyKey: key.current,
    }).catch(() => noAnswer);
    if (result.ok) return router.push(`/apps/${encodeURIComponent(name)}`);
    if (!result.unknown) key.current = "";
    setPending(false);
    setRefusal(result);
  }

  return (
    <form
      onSubmit={submit}
      noValidate
      className="max-w-xl space-y-4 rounded-lg border border-line bg-panel p-4"
    >
      <TextField
        label="Name"
        name="name"
        placeholder="shop"
        hint="The same name as in the app's signalbox.yaml. It can't be changed later."
        error={problems.name}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        disabled={pending}
      />
      <TextArea
        label="Public domains"
        name="publicDomains"
        placeholder="shop.example.com"
        hint="Host names that visitors use, one a line. They reach the live slot."
        error={problems.publicDomains}
        autoCapitalize="none"
        spellCheck={false}
        disabled={pending}
      />
      <TextArea
        label="Staging domains (optional)"
        name="stagingDomains"
        placeholder="staging.shop.example.com"
        hint="Host names that testers use, one a line. They reach the idle slot."
        autoCapitalize="none"
        spellCheck={false}
        disabled={pending}
      />
      <Choice<NewApp["stagingAccess"]>
        legend="Who reaches the staging domains"
        value={access}
        disabled={pending}
        options={[
          { value: "testers", label: "Testers who signed in" },
          { value: "open", label: "Anybody" },
        ]}
        onChange={(chosen) => setAccess(chosen)}
      />
      {refusal && (
        <RefusedNotice
          title={refusal.what}
          remedy={refusal.remedy}
          findings={refusal.findings}
          run={refusal.run}
        />
      )}
      <Button type="submit" look="primary" size="large" pending={pending}>
        Create app
      </Button>
    </form>
  );
}
