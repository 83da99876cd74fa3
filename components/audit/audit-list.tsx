import Link from "next/link";
import type { AuditView } from "#lib/operations/read/audit-log.ts";
import { inputText } from "../run/input-text.ts";
import { Ago } from "../ui/time.tsx";

const kinds = { user: "", token: "API token", cli: "command line", system: "system" };

/** Who did what, newest first. */
export function AuditList({ entries }: { entries: AuditView[] }) {
  return (
    <ul className="divide-y divide-line rounded-lg border border-line bg-panel">
      {entries.map((entry) => (
        <li key={entry.id} className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-2">
          <span className="font-medium">{entry.actor.name}</span>
          {kinds[entry.actor.kind] && <span className="text-xs text-soft">{kinds[entry.actor.kind]}</span>}
          <span className="font-mono text-xs">{entry.action}</span>
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
          <span className="min-w-0 flex-1 basis-40 text-xs text-soft wrap-anywhere">
            {inputText(entry.detail)}
          </span>
          <span className="text-xs text-soft">
            <Ago at={entry.at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
