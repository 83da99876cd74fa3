import Link from "next/link";
import type { AuditView } from "#lib/operations/read/audit-log.ts";
import { auditWords } from "#lib/operations/read/audit-words.ts";
import { inputText } from "../run/input-text.ts";
import { Ago } from "../ui/time.tsx";

const kinds = { user: "", token: "API token", cli: "command line", system: "system" };

/** Ids mean nothing to people; the export has them. */
function worthReading({ user, token, link, session, ...detail }: AuditView["detail"]): AuditView["detail"] {
  return detail;
}

/** Who did what, newest first, each in a sentence; what it is called in the log and its detail below. */
export function AuditList({ entries }: { entries: AuditView[] }) {
  return (
    <ul className="divide-y divide-line rounded-lg border border-line bg-panel">
      {entries.map((entry) => (
        <li key={entry.id} className="px-4 py-2">
          <p className="flex flex-wrap items-baseline gap-x-3">
            <span className="min-w-0 flex-1 basis-60 wrap-anywhere">
              <span className="font-medium">{entry.actor.name}</span>
              {kinds[entry.actor.kind] && (
                <span className="text-xs text-soft"> ({kinds[entry.actor.kind]})</span>
              )}{" "}
              {auditWords(entry)}.
            </span>
            <span className="text-xs text-soft">
              <Ago at={entry.at} />
            </span>
          </p>
          <p className="flex flex-wrap gap-x-3 text-xs text-soft">
            <span className="font-mono">{entry.action}</span>
            {entry.app && (
              <Link href={`/apps/${encodeURIComponent(entry.app)}`} className="underline underline-offset-2">
                {entry.app}
              </Link>
            )}
            {entry.run && (
              <Link href={`/runs/${encodeURIComponent(entry.run)}`} className="underline underline-offset-2">
                run
              </Link>
            )}
            <span className="min-w-0 wrap-anywhere">{inputText(worthReading(entry.detail))}</span>
          </p>
        </li>
      ))}
    </ul>
  );
}
