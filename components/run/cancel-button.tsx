"use client";
import { useState } from "react";
import { Button } from "../ui/button.tsx";
import { noAnswer, type Refused } from "../ui/outcome.ts";
import { useActs } from "../verb/acts.tsx";
import { RefusedNotice } from "../verb/refused-notice.tsx";

/** Asks a run to go back. Asked for once; the run's own state says what came of it. */
export function CancelButton({ runId, cancellable }: { runId: string; cancellable: boolean }) {
  const { cancel, notAllowed } = useActs();
  const [state, setState] = useState<"idle" | "asking" | "asked">("idle");
  const [refusal, setRefusal] = useState<Refused | null>(null);

  async function ask() {
    setState("asking");
    setRefusal(null);
    const result = await cancel(runId).catch(() => noAnswer);
    setState(result.ok ? "asked" : "idle");
    if (!result.ok) setRefusal(result);
  }

  if (notAllowed) return null;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {(cancellable || state !== "idle") && (
        <Button onClick={ask} pending={state === "asking"} disabled={state === "asked"}>
          {state === "asked" ? "Cancel requested" : "Cancel run"}
        </Button>
      )}
      {refusal && <RefusedNotice title={refusal.what} remedy={refusal.remedy} />}
    </div>
  );
}
