import { Download } from "lucide-react";
import { buttonStyle } from "../ui/button-style.ts";
import { Panel } from "../ui/panel.tsx";
import { Ago } from "../ui/time.tsx";

/** The store as a file. Restoring is for the machine itself, where the command line is. */
export function BackupPanel({ last }: { last: { at: string; by: string } | null }) {
  return (
    <Panel title="Backup of the store">
      <div className="space-y-3">
        <p>
          {last ? (
            <>
              Last one <Ago at={last.at} />, by {last.by}.
            </>
          ) : (
            "None was ever made."
          )}
        </p>
        <p className="text-sm text-soft">
          Apps, runs, people, tokens and the audit. Not in it: the slots' data, and the keys{" "}
          <code>secret.key</code> and <code>seal-keys.json</code>, without which passwords and sealed secrets
          in it are of no use.
        </p>
        <a href="/api/v1/system/backup" download className={buttonStyle()}>
          <Download aria-hidden className="size-4" /> Download a backup
        </a>
        <p className="text-xs text-soft">
          From a shell: <code>npx signalbox backup --local</code>. Back, on the machine itself, while traffic
          goes on: <code>npx signalbox restore FILE</code>
        </p>
      </div>
    </Panel>
  );
}
