"use client";
import { Ban, Check, TriangleAlert } from "lucide-react";
import type { AdoptionCheckView } from "#lib/operations/read/adoption-check.ts";
import { CopyButton } from "../ui/copy-button.tsx";

const looks = {
  ok: { icon: Check, name: "Good", style: "text-soft" },
  warn: { icon: TriangleAlert, name: "Warning", style: "text-warn" },
  refuse: { icon: Ban, name: "Refused", style: "text-danger" },
};

/** All that was looked at, what is wrong first, each with the SQL that mends it. */
export function CheckList({ check }: { check: AdoptionCheckView }) {
  const order = { refuse: 0, warn: 1, ok: 2 };
  const items = [...check.items].sort((a, b) => order[a.severity] - order[b.severity]);
  return (
    <ul className="space-y-3" aria-label="What was found">
      {items.map(({ code, severity, what, remedy, sql }) => {
        const { icon: Icon, name, style } = looks[severity];
        return (
          <li key={`${code} ${what}`} className="flex gap-2">
            <Icon role="img" aria-label={name} className={`mt-0.5 size-4 shrink-0 ${style}`} />
            <div className="min-w-0 grow wrap-anywhere">
              <p className={severity === "ok" ? "" : "font-medium"}>{what}</p>
              {remedy && <p className="text-soft">{remedy}</p>}
              {sql && (
                <div className="mt-2 rounded-md border border-line bg-sunken">
                  <div className="flex items-center justify-between gap-2 border-b border-line px-3 py-1.5">
                    <span className="text-xs text-soft">SQL, as the administrator in the app's database</span>
                    <CopyButton text={sql} />
                  </div>
                  {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
                  <pre tabIndex={0} className="max-h-56 overflow-auto p-3 font-mono text-xs">
                    {sql}
                  </pre>
                </div>
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
