"use client";
import { useState } from "react";
import type { SlotName } from "#lib/engine/model.ts";
import type { SlotConnection } from "#lib/operations/connection.ts";
import type { AppView } from "#lib/operations/views.ts";
import { Button } from "../ui/button.tsx";
import { Choice } from "../ui/choice.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { Panel } from "../ui/panel.tsx";
import { RefusedNotice } from "../verb/refused-notice.tsx";

interface Props {
  app: Pick<AppView, "name" | "idle">;
  show(app: string, slot: SlotName, as: "app" | "owner"): Promise<Outcome<SlotConnection[]>>;
}

/** What the next version is started with, as nobody here starts it. */
export function ConnectionPanel({ app, show }: Props) {
  const [as, setAs] = useState<"app" | "owner">("app");
  const [shown, setShown] = useState<SlotConnection[] | null>(null);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const [pending, setPending] = useState(false);

  async function ask() {
    setPending(true);
    setRefusal(null);
    const answer = await show(app.name, app.idle, as).catch(() => noAnswer);
    setPending(false);
    if (answer.ok) setShown(answer.value);
    else setRefusal(answer);
  }

  return (
    <Panel title={`What the next version connects to (${app.idle})`}>
      <div className="max-w-2xl space-y-3">
        <Choice<"app" | "owner">
          legend="For"
          value={as}
          disabled={pending}
          options={[
            { value: "app", label: "Its processes", hint: "Reads and writes rows." },
            {
              value: "owner",
              label: "Its migrations",
              hint: "Makes tables. Can sign in until the next deploy to the slot.",
            },
          ]}
          onChange={(next) => {
            setAs(next);
            setShown(null);
          }}
        />
        {shown ? (
          shown.map(({ name, url }) => (
            <div key={name} className="flex flex-wrap items-center gap-2">
              <code className="min-w-0 rounded-md bg-sunken px-2 py-1 font-mono text-xs wrap-anywhere">
                {name}={url}
              </code>
              <CopyButton text={`${name}=${url}`} />
            </div>
          ))
        ) : (
          <Button onClick={ask} pending={pending}>
            Show it
          </Button>
        )}
        <p className="text-xs text-soft">It holds a password. The audit says who saw it.</p>
        {refusal && (
          <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />
        )}
      </div>
    </Panel>
  );
}
