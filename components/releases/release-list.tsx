"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { ReleaseView } from "#lib/operations/read/releases.ts";
import { sourceWords } from "#lib/operations/source-words.ts";
import { useLiveApp } from "../live/live-app.tsx";
import { SlotMark } from "../slot/slot-mark.tsx";
import { Button } from "../ui/button.tsx";
import { bytes } from "../ui/figures.ts";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { Ago } from "../ui/time.tsx";
import { findingsFor } from "../verb/permits.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";
import { sceneOfView } from "../verb/scene.ts";
import { VerbButton } from "../verb/verb-button.tsx";

interface Props {
  releases: ReleaseView[];
  mayAct: boolean;
  remove(app: string, id: string): Promise<Outcome<null>>;
}

/** Installed releases, newest first, each to be put back or removed. */
export function ReleaseList({ releases, mayAct, remove }: Props) {
  const { app } = useLiveApp();
  const router = useRouter();
  const [asked, setAsked] = useState<string | null>(null);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const scene = sceneOfView(app);

  async function act(id: string) {
    setPending(true);
    setRefusal(null);
    const result = await remove(app.name, id).catch(() => noAnswer);
    setPending(false);
    setAsked(null);
    if (!result.ok) setRefusal(result);
    router.refresh();
  }

  return (
    <div className="space-y-3">
      {refusal && (
        <RefusedNotice
          title={refusal.what}
          remedy={refusal.remedy}
          findings={refusal.findings}
          run={refusal.run}
        />
      )}
      <ul className="divide-y divide-line rounded-lg border border-line bg-panel">
        {releases.map((release) => {
          const slots = app.slots.filter((slot) => slot.release?.id === release.id).map(({ slot }) => slot);
          const inIdle = slots.includes(app.idle);
          return (
            <li key={release.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
              <div className="min-w-56 flex-1">
                <p className="flex flex-wrap items-center gap-x-3 gap-y-1 font-medium">
                  <span className="wrap-anywhere">{release.version}</span>
                  {slots.map((slot) => (
                    <span key={slot} className="inline-flex items-center gap-1.5 text-xs">
                      <SlotMark slot={slot} filled={slot === app.live} />
                      {slot === app.live ? "live" : "idle"}
                    </span>
                  ))}
                </p>
                <p className="text-xs text-soft wrap-anywhere">{sourceWords(release.source)}</p>
                <p className="text-xs text-soft">
                  {release.bytes !== null && `${bytes(release.bytes)}; `}
                  installed <Ago at={release.createdAt} /> by {release.createdBy}
                </p>
              </div>
              {mayAct && (
                <div className="flex flex-wrap gap-2">
                  {!inIdle && (
                    <VerbButton
                      verb="deploy"
                      scene={scene}
                      input={{ source: { kind: "release", id: release.id } }}
                      findings={findingsFor(app, "deploy")}
                      size="small"
                    >
                      Deploy again<span className="sr-only"> {release.version}</span>
                    </VerbButton>
                  )}
                  {slots.length === 0 &&
                    (asked === release.id ? (
                      <Button
                        size="small"
                        look="danger"
                        pending={pending}
                        onClick={() => void act(release.id)}
                      >
                        Remove {release.version} now
                      </Button>
                    ) : (
                      <Button size="small" onClick={() => setAsked(release.id)}>
                        Remove<span className="sr-only"> {release.version}</span>
                      </Button>
                    ))}
                </div>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
