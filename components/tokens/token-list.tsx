"use client";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { TokenView } from "#lib/auth/api-token.ts";
import { Button } from "../ui/button.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { Tag } from "../ui/tag.tsx";
import { Ago } from "../ui/time.tsx";
import { RefusedNotice } from "../verb/refused-notice.tsx";

function TokenState({ token: { state } }: { token: TokenView }) {
  if (state === "revoked") return <Tag tone="warn">Revoked</Tag>;
  if (state === "expired") return <Tag tone="warn">Expired</Tag>;
  return state === "expiring" ? <Tag tone="warn">Expires soon</Tag> : null;
}

/** Tokens that programs use, revoked ones at their place with a word. */
export function TokenList({
  tokens,
  revoke,
}: {
  tokens: TokenView[];
  revoke(id: string): Promise<Outcome<null>>;
}) {
  const router = useRouter();
  const [asked, setAsked] = useState<string | null>(null);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);

  async function act(id: string) {
    setPending(true);
    setRefusal(null);
    const result = await revoke(id).catch(() => noAnswer);
    setPending(false);
    setAsked(null);
    if (!result.ok) setRefusal(result);
    router.refresh();
  }

  return (
    <div className="space-y-3">
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />}
      <ul className="divide-y divide-line rounded-lg border border-line bg-panel">
        {tokens.map((token) => (
          <li key={token.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
            <div className="min-w-48 flex-1">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                {token.name} <Tag>{token.role}</Tag>
                {token.apps.map((app) => (
                  <Tag key={app}>{app}</Tag>
                ))}
                {token.apps.length === 0 && <Tag>every app</Tag>}
                <TokenState token={token} />
              </p>
              <p className="text-xs text-soft">
                made <Ago at={token.createdAt} /> by {token.createdBy};{" "}
                {token.lastUsedAt ? (
                  <>
                    last used <Ago at={token.lastUsedAt} />
                  </>
                ) : (
                  "never used"
                )}
                {!token.revokedAt &&
                  (token.expiresAt ? (
                    <>
                      ; {token.state === "expired" ? "expired" : "expires"} <Ago at={token.expiresAt} />
                    </>
                  ) : (
                    "; does not expire"
                  ))}
                {token.revokedAt && (
                  <>
                    ; revoked <Ago at={token.revokedAt} />
                  </>
                )}
                {token.lastUsedAt && (
                  <>
                    ;{" "}
                    <Link
                      href={`/audit?actor=${encodeURIComponent(token.id)}`}
                      className="underline underline-offset-2"
                    >
                      what it did
                    </Link>
                  </>
                )}
              </p>
            </div>
            {!token.revokedAt &&
              (asked === token.id ? (
                <Button size="small" look="danger" pending={pending} onClick={() => void act(token.id)}>
                  Revoke {token.name} now
                </Button>
              ) : (
                <Button size="small" onClick={() => setAsked(token.id)}>
                  Revoke<span className="sr-only"> {token.name}</span>
                </Button>
              ))}
          </li>
        ))}
      </ul>
    </div>
  );
}
