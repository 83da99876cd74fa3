"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useRef, useState } from "react";
import type { AppView } from "#lib/operations/views.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { Panel } from "../ui/panel.tsx";
import { newIdempotencyKey } from "../verb/idempotency-key.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";

interface Props {
  app: Pick<AppView, "name" | "external" | "domains" | "live">;
  remove(
    app: string,
    how: { confirm: string; deleteData: boolean },
    idempotencyKey: string,
  ): Promise<Outcome<string>>;
}

/** The way out, with what it leaves behind. */
export function RemovePanel({ app, remove }: Props) {
  const router = useRouter();
  const key = useRef("");
  const [confirm, setConfirm] = useState("");
  const [deleteData, setDeleteData] = useState(false);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const hosts = app.domains.map(({ host }) => host).join(", ");

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (pending || confirm.trim() !== app.name) return;
    setPending(true);
    setRefusal(null);
    key.current ||= newIdempotencyKey();
    const answer = await remove(app.name, { confirm: confirm.trim(), deleteData }, key.current).catch(
      () => noAnswer,
    );
    if (answer.ok) return router.push(`/runs/${encodeURIComponent(answer.value)}`);
    if (!answer.unknown) key.current = "";
    setPending(false);
    setRefusal(answer);
  }

  return (
    <Panel title={`Remove ${app.name}`}>
      <form onSubmit={submit} className="max-w-xl space-y-3">
        <ul className="list-disc space-y-1 pl-5">
          {hosts && <li>{hosts} answer 404 here from then on: lead visitors past this gateway first.</li>}
          {app.external ? (
            <>
              <li>Its processes run on: Signalbox did not start them.</li>
              {app.external.data && <AdoptedData live={app.live} />}
            </>
          ) : (
            <>
              <li>Its processes are stopped, and its releases are deleted.</li>
              <li>Its databases stay on the data server, unless you say otherwise.</li>
            </>
          )}
          <li>Its runs and the audit stay to be read.</li>
        </ul>
        {(!app.external || app.external.data) && (
          <label className="flex items-start gap-2">
            <input
              type="checkbox"
              checked={deleteData}
              disabled={pending}
              onChange={(event) => setDeleteData(event.target.checked)}
              className="mt-0.5 size-4 accent-danger"
            />
            <span>Delete the databases that Signalbox made for it, with all that is in them</span>
          </label>
        )}
        <TextField
          label={`Type ${app.name} to remove it`}
          value={confirm}
          disabled={pending}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setConfirm(event.target.value)}
        />
        {refusal && (
          <RefusedNotice
            title={refusal.what}
            remedy={refusal.remedy}
            findings={refusal.findings}
            run={refusal.run}
          />
        )}
        <Button type="submit" look="danger" pending={pending} disabled={confirm.trim() !== app.name}>
          Remove {app.name}
        </Button>
      </form>
    </Panel>
  );
}

function AdoptedData({ live }: { live: AppView["live"] }) {
  return (
    <>
      <li>
        The adopted database gets back every right that was taken in it, and loses the schema signalbox.
      </li>
      {live === "green" && (
        <li className="font-medium">
          The live data is in the second database now, not in the one that was adopted. Swap back first if it
          should be there again.
        </li>
      )}
    </>
  );
}
