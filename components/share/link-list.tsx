"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { ShareLinkView } from "#lib/auth/share-links.ts";
import { Button } from "../ui/button.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { Tag } from "../ui/tag.tsx";
import { Ago } from "../ui/time.tsx";
import { RefusedNotice } from "../verb/refused-notice.tsx";

interface Props {
  links: ShareLinkView[];
  /** Null: the person may only look. */
  revoke: ((id: string) => Promise<Outcome<null>>) | null;
}

/** Share links of an app; those that ended stay in sight with a word. */
export function LinkList({ links, revoke }: Props) {
  const router = useRouter();
  const [asked, setAsked] = useState<string | null>(null);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);

  async function act(id: string) {
    if (!revoke) return;
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
        {links.map((link) => (
          <li key={link.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
            <div className="min-w-48 flex-1">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                <span className={link.state === "active" ? "" : "text-soft"}>{link.label}</span>
                {link.state === "revoked" && <Tag tone="warn">Revoked</Tag>}
                {link.state === "expired" && <Tag>Expired</Tag>}
              </p>
              <p className="text-xs text-soft">
                made <Ago at={link.createdAt} /> by {link.createdBy};{" "}
                {link.lastUsedAt ? (
                  <>
                    last used <Ago at={link.lastUsedAt} />
                  </>
                ) : (
                  "never used"
                )}
                {link.state !== "revoked" && (
                  <>
                    ; {link.state === "expired" ? "expired" : "expires"} <Ago at={link.expiresAt} />
                  </>
                )}
              </p>
            </div>
            {link.state === "active" &&
              revoke &&
              (asked === link.id ? (
                <Button size="small" look="danger" pending={pending} onClick={() => void act(link.id)}>
                  Shut {link.label} out now
                </Button>
              ) : (
                <Button size="small" onClick={() => setAsked(link.id)}>
                  Revoke<span className="sr-only"> the link for {link.label}</span>
                </Button>
              ))}
          </li>
        ))}
      </ul>
    </div>
  );
}
