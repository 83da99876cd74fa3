"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { CredentialView } from "#lib/operations/source-credentials.ts";
import { Button } from "../ui/button.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { Panel } from "../ui/panel.tsx";
import { Tag } from "../ui/tag.tsx";
import { Ago } from "../ui/time.tsx";
import { RefusedNotice } from "../verb/refused-notice.tsx";
import { AddCredential, type NewCredential } from "./add-credential.tsx";

interface Props {
  app: string;
  credentials: CredentialView[];
  add(app: string, credential: NewCredential): Promise<Outcome<null>>;
  remove(app: string, name: string): Promise<Outcome<null>>;
}

/** What the app's private repositories want. */
export function CredentialsPanel({ app, credentials, add, remove }: Props) {
  const router = useRouter();
  const [asked, setAsked] = useState<string | null>(null);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);

  async function act(name: string) {
    setPending(true);
    setRefusal(null);
    const result = await remove(app, name).catch(() => noAnswer);
    setPending(false);
    setAsked(null);
    if (!result.ok) setRefusal(result);
    router.refresh();
  }

  return (
    <Panel title="Credentials for repositories">
      <div className="space-y-4">
        {refusal && (
          <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />
        )}
        {credentials.length === 0 ? (
          <p className="text-soft">
            None yet. A release from a private repository needs a token or a key; both are kept sealed and
            never shown again.
          </p>
        ) : (
          <ul className="divide-y divide-line rounded-md border border-line">
            {credentials.map(({ name, kind, createdAt, createdBy }) => (
              <li key={name} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-2">
                <div className="min-w-48 flex-1">
                  <p className="flex flex-wrap items-center gap-2 font-medium">
                    {name} <Tag>{kind === "token" ? "token" : "ssh key"}</Tag>
                  </p>
                  <p className="text-xs text-soft">
                    added <Ago at={createdAt} /> by {createdBy}
                  </p>
                </div>
                {asked === name ? (
                  <Button size="small" look="danger" pending={pending} onClick={() => void act(name)}>
                    Remove {name} now
                  </Button>
                ) : (
                  <Button size="small" onClick={() => setAsked(name)}>
                    Remove<span className="sr-only"> {name}</span>
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
        <AddCredential app={app} add={add} />
      </div>
    </Panel>
  );
}
