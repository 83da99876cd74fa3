"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { SessionView } from "#lib/auth/sessions.ts";
import { Button } from "../ui/button.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { Tag } from "../ui/tag.tsx";
import { Ago } from "../ui/time.tsx";
import { RefusedNotice } from "../verb/refused-notice.tsx";

interface Props {
  sessions: SessionView[];
  end(id: string): Promise<Outcome<null>>;
  endOthers(): Promise<Outcome<number>>;
}

/** One's own sessions; ending one signs that browser out with its next request. */
export function SessionList({ sessions, end, endOthers }: Props) {
  const router = useRouter();
  const [busy, setBusy] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<Refused | null>(null);

  async function act(which: string, what: () => Promise<Outcome<unknown>>) {
    setBusy(which);
    setRefusal(null);
    const result = await what().catch(() => noAnswer);
    setBusy(null);
    if (!result.ok) setRefusal(result);
    router.refresh();
  }

  return (
    <div className="space-y-3">
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />}
      <ul className="divide-y divide-line">
        {sessions.map((session) => (
          <li key={session.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
            <div className="min-w-40 flex-1">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                {session.device} {session.current && <Tag>this one</Tag>}
              </p>
              <p className="text-xs text-soft">
                last seen <Ago at={session.lastSeenAt} />
                {session.address && ` at ${session.address}`}; signed in <Ago at={session.createdAt} />; ends{" "}
                <Ago at={session.expiresAt} />
              </p>
            </div>
            {!session.current && (
              <Button
                size="small"
                pending={busy === session.id}
                onClick={() => void act(session.id, () => end(session.id))}
              >
                End<span className="sr-only"> the session of {session.device}</span>
              </Button>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <Button pending={busy === "others"} onClick={() => void act("others", endOthers)}>
          End all others
        </Button>
      )}
      <p className="text-xs text-soft">
        A session ends after a week without use, and after 30 days in any case.
      </p>
    </div>
  );
}
