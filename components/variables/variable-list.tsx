"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { VariableView } from "#lib/operations/variables.ts";
import { Button } from "../ui/button.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { Tag } from "../ui/tag.tsx";
import { Ago } from "../ui/time.tsx";
import { RefusedNotice } from "../verb/refused-notice.tsx";

interface Props {
  app: string;
  variables: VariableView[];
  drop(app: string, name: string, scope: VariableView["scope"]): Promise<Outcome<null>>;
}

const keyOf = ({ name, scope }: VariableView) => `${name} ${scope}`;

export function VariableList({ app, variables, drop }: Props) {
  const router = useRouter();
  const [asked, setAsked] = useState<string | null>(null);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);

  async function remove({ name, scope }: VariableView) {
    setPending(true);
    setRefusal(null);
    const result = await drop(app, name, scope).catch(() => noAnswer);
    setPending(false);
    setAsked(null);
    if (!result.ok) setRefusal(result);
    router.refresh();
  }

  return (
    <div className="space-y-3">
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} findings={refusal.findings} />}
      <ul className="divide-y divide-line">
        {variables.map((one) => (
          <li key={keyOf(one)} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
            <div className="min-w-40 flex-1">
              <p className="flex flex-wrap items-center gap-2">
                <span className="font-mono wrap-anywhere">{one.name}</span>
                {one.scope !== "both" && <Tag>{one.scope} only</Tag>}
                {one.secret && <Tag>secret</Tag>}
              </p>
              {one.value !== null && (
                <p className="max-h-20 overflow-y-auto font-mono text-xs whitespace-pre-wrap text-soft wrap-anywhere">
                  {one.value === "" ? "(empty)" : one.value}
                </p>
              )}
              <p className="text-xs text-soft">
                set <Ago at={one.updatedAt} /> by {one.updatedBy}
              </p>
            </div>
            {asked === keyOf(one) ? (
              <Button size="small" look="danger" pending={pending} onClick={() => void remove(one)}>
                Remove {one.name} now
              </Button>
            ) : (
              <Button size="small" onClick={() => setAsked(keyOf(one))}>
                Remove<span className="sr-only"> {keyOf(one)}</span>
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
