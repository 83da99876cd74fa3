"use client";
import { Undo2 } from "lucide-react";
import dynamic from "next/dynamic";
import { usePathname } from "next/navigation";
import { useCallback, useEffect, useState } from "react";
import type { AppSummary } from "#lib/operations/views.ts";
import { Choice } from "../ui/choice.tsx";
import { ActButton, loadVerbDialog } from "../verb/act-button.tsx";
import { useActs } from "../verb/acts.tsx";
import { sceneOfSummary } from "../verb/scene.ts";

const VerbDialog = dynamic(() => loadVerbDialog().then((module) => module.VerbDialog), { ssr: false });

const noWayBack = {
  code: "no-way-back",
  severity: "refuse" as const,
  what: "No app has a way back now.",
  remedy: "A way back exists from a swap until finish.",
};

interface Props {
  apps: AppSummary[];
  /** One of the two places of this control listens to Alt+R. */
  shortcut?: boolean;
  className?: string;
}

/** Two acts from anywhere to the release before: this button, and its dialog's. */
export function EmergencyRollback({ apps, shortcut = false, className }: Props) {
  const { notAllowed } = useActs();
  const path = usePathname();
  const [open, setOpen] = useState(false);
  // As it was when the button was pressed: it stays on the screen should the way back be gone meanwhile.
  const [asked, setAsked] = useState<{ id: number; target: AppSummary } | null>(null);

  const candidates = apps.filter((app) => app.wayBack !== null);
  const here = candidates.find(
    (app) => path === `/apps/${app.name}` || path.startsWith(`/apps/${app.name}/`),
  );
  const target = here ?? candidates[0];
  const refusal = notAllowed ?? (target ? null : noWayBack);

  const show = useCallback(() => {
    if (!target) return;
    setAsked((before) => ({ id: (before?.id ?? 0) + 1, target }));
    setOpen(true);
  }, [target]);

  useEffect(() => {
    if (!shortcut || refusal || open) return;
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyR") return;
      event.preventDefault();
      show();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [shortcut, refusal, open, show]);

  return (
    <>
      <ActButton
        refusals={refusal ? [refusal] : []}
        onAct={show}
        look={refusal ? "outline" : "danger-outline"}
        className={className}
        shortcut={shortcut ? { keys: "Alt+R", title: "Alt+R" } : undefined}
      >
        <Undo2 aria-hidden className="size-4 shrink-0" />
        <span className="truncate">{labelFor(target, here, candidates.length)}</span>
      </ActButton>
      {asked && (
        <VerbDialog
          key={`${asked.id} ${asked.target.name}`}
          verb="rollback"
          scene={sceneOfSummary(asked.target)}
          input={{}}
          open={open}
          onClose={() => setOpen(false)}
          chooser={
            candidates.length > 1 && (
              <Choice
                legend="App"
                value={asked.target.name}
                options={candidates.map((app) => ({
                  value: app.name,
                  label: app.name,
                  hint: `back to ${app.wayBack?.version ?? app.wayBack?.slot}`,
                }))}
                onChange={(name) => {
                  const other = candidates.find((app) => app.name === name);
                  if (other) setAsked({ id: asked.id, target: other });
                }}
              />
            )
          }
        />
      )}
    </>
  );
}

function labelFor(target: AppSummary | undefined, here: AppSummary | undefined, candidates: number): string {
  if (!target) return "Roll back";
  return candidates > 1 && !here ? "Roll back…" : `Roll back ${target.name}…`;
}
