"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Choice } from "../ui/choice.tsx";
import { Notice } from "../ui/notice.tsx";
import { noAnswer, type Outcome } from "../ui/outcome.ts";

interface Props {
  app: string;
  value: "off" | "lossless";
  disabled: boolean;
  save(app: string, settings: Record<string, unknown>): Promise<Outcome<null>>;
}

/** Whether the engine may go back by itself. Counts at once, also for a swap that is watched already. */
export function AutoRollbackChoice({ app, value, disabled, save }: Props) {
  const router = useRouter();
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function put(autoRollback: Props["value"]) {
    setPending(true);
    setProblem(null);
    const result = await save(app, { autoRollback }).catch(() => noAnswer);
    setPending(false);
    if (!result.ok) return setProblem(result.what);
    router.refresh();
  }

  return (
    <div className="space-y-2 py-2">
      <Choice
        legend="When a release turns out bad"
        value={value}
        disabled={disabled || pending}
        onChange={(next) => void put(next)}
        options={[
          { value: "off", label: "Say so", hint: "Going back is up to you." },
          {
            value: "lossless",
            label: "Go back by itself",
            hint: "Once per swap, and only while nothing that users wrote would be lost.",
          },
        ]}
      />
      {problem && <Notice kind="error" title={problem} live />}
    </div>
  );
}
