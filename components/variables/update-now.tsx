"use client";
import { useRef, useState } from "react";
import type { AppView } from "#lib/operations/views.ts";
import { Button } from "../ui/button.tsx";
import { noAnswer, type Refused } from "../ui/outcome.ts";
import { useActs } from "../verb/acts.tsx";
import type { VerbInput } from "../verb/consequences.ts";
import { newIdempotencyKey } from "../verb/idempotency-key.ts";
import { findingsFor } from "../verb/permits.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";

interface Props {
  app: AppView;
  /** Default: changed variables take effect. */
  input?: VerbInput;
  children?: string;
}

/** Asks for an update of the live slot that changes no release, and so needs no dialog. */
export function UpdateNow({ app, input = {}, children = "Apply now" }: Props) {
  const { request, notAllowed } = useActs();
  const key = useRef("");
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const [against] = notAllowed ? [notAllowed] : findingsFor(app, "update", input);

  async function act() {
    setPending(true);
    setRefusal(null);
    key.current ||= newIdempotencyKey();
    const result = await request(app.name, "update", input, key.current).catch(() => noAnswer);
    setPending(false);
    if (result.ok || !result.unknown) key.current = "";
    if (!result.ok) setRefusal(result);
  }

  return (
    <div className="space-y-2">
      <Button
        look="primary"
        size="small"
        pending={pending}
        disabled={against !== undefined}
        onClick={() => void act()}
      >
        {children}
      </Button>
      {against && <p className="text-xs text-soft">{against.what}</p>}
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />}
    </div>
  );
}
