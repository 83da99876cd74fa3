import { Ban, TriangleAlert } from "lucide-react";
import type { Finding } from "#lib/engine/model.ts";

/** Reasons with their remedies, each with an icon that has a name. */
export function Findings({ findings }: { findings: Finding[] }) {
  return (
    <ul className="space-y-2">
      {findings.map((finding) => {
        const refused = finding.severity === "refuse";
        const Icon = refused ? Ban : TriangleAlert;
        return (
          <li key={`${finding.code} ${finding.what}`} className="flex gap-2">
            <Icon
              role="img"
              aria-label={refused ? "Refused" : "Warning"}
              className={`mt-0.5 size-4 shrink-0 ${refused ? "text-danger" : "text-warn"}`}
            />
            <div className="min-w-0 wrap-anywhere">
              <p className="font-medium">{finding.what}</p>
              <p className="text-soft">{finding.remedy}</p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
