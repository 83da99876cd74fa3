import Link from "next/link";
import type { Finding } from "#lib/engine/model.ts";
import type { RunSummary } from "#lib/operations/views.ts";
import { Findings } from "../ui/findings.tsx";
import { Notice } from "../ui/notice.tsx";

interface Props {
  title: string;
  remedy?: string | null;
  findings?: Finding[];
  run?: RunSummary | null;
}

/** What was not done, why, and what to do now; stays in the dialog. */
export function RefusedNotice({ title, remedy, findings = [], run }: Props) {
  const alone = findings.length === 1 && findings[0]?.what === title;
  return (
    <Notice kind="error" live title={title}>
      {findings.length > 0 && !alone ? <Findings findings={findings} /> : remedy && <p>{remedy}</p>}
      {run && (
        <p>
          <Link href={`/runs/${encodeURIComponent(run.id)}`} className="underline">
            Watch that run
          </Link>
        </p>
      )}
    </Notice>
  );
}
