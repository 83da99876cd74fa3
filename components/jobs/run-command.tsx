"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { noAnswer, type Outcome, type Refused } from "../ui/outcome.ts";
import { RefusedNotice } from "../verb/refused-notice.tsx";
import { wordsOf } from "./words.ts";

interface Props {
  app: string;
  /** Null: nothing is live. */
  slot: string | null;
  start(app: string, command: string[]): Promise<Outcome<string>>;
  onStarted(job: string): void;
}

/** Runs one command in the live slot. */
export function RunCommand({ app, slot, start, onStarted }: Props) {
  const router = useRouter();
  const [line, setLine] = useState("");
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<Refused | null>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const command = wordsOf(line);
    setProblem(
      command === null ? "a quote is not closed." : command.length === 0 ? "say which command." : null,
    );
    if (command === null || command.length === 0) return;
    setPending(true);
    setRefusal(null);
    const result = await start(app, command).catch(() => noAnswer);
    setPending(false);
    if (!result.ok) return setRefusal(result);
    setLine("");
    onStarted(result.value);
    router.refresh();
  }

  return (
    <form onSubmit={submit} className="space-y-3">
      <div className="flex flex-wrap items-start gap-3">
        <TextField
          className="min-w-60 flex-1"
          label="Command"
          placeholder="node report.ts"
          value={line}
          error={problem}
          disabled={pending || slot === null}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          hint={
            slot === null
              ? "Nothing is live yet; commands run in the live slot."
              : `Runs in ${slot}, on the live data, in the release's folder. No shell reads it; it is in the audit log as it is written.`
          }
          onChange={(event) => setLine(event.target.value)}
        />
        <Button type="submit" look="primary" pending={pending} disabled={slot === null} className="mt-6">
          Run
        </Button>
      </div>
      {refusal && (
        <RefusedNotice
          title={refusal.what}
          remedy={refusal.remedy}
          findings={refusal.findings}
          run={refusal.run}
        />
      )}
    </form>
  );
}
