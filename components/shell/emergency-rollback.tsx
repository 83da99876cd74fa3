"use client";
import { Undo2 } from "lucide-react";
import dynamic from "next/dynamic";
import { usePathname } from "next/navigation";
import { useCallback, useEffect, useId, useState } from "react";
import type { AppSummary } from "#lib/operations/views.ts";
import { Button } from "../ui/button.tsx";
import { Choice } from "../ui/choice.tsx";
import { Findings } from "../ui/findings.tsx";
import { Hint } from "../ui/hint.tsx";
import { useActs } from "../verb/acts.tsx";
import { sceneOfSummary } from "../verb/scene.ts";

const load = () => import("../verb/verb-dialog.tsx");
const VerbDialog = dynamic(() => load().then((module) => module.VerbDialog), { ssr: false });

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
  const why = useId();
  const [opened, setOpened] = useState(0);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);

  const candidates = apps.filter((app) => app.wayBack !== null);
  const here = candidates.find(
    (app) => path === `/apps/${app.name}` || path.startsWith(`/apps/${app.name}/`),
  );
  const target = candidates.find((app) => app.name === chosen) ?? here ?? candidates[0];
  const refusal = notAllowed ?? (target ? null : noWayBack);

  const show = useCallback(() => {
    setChosen(null);
    setOpened((before) => before + 1);
    setOpen(true);
  }, []);

  useEffect(() => {
    if (!shortcut || refusal) return;
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyR") return;
      event.preventDefault();
      show();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [shortcut, refusal, show]);

  const label = target
    ? candidates.length > 1 && !here
      ? "Roll back…"
      : `Roll back ${target.name}…`
    : "Roll back";
  const face = (
    <>
      <Undo2 aria-hidden className="size-4 shrink-0" />
      <span className="truncate">{label}</span>
    </>
  );

  if (refusal) {
    return (
      <>
        <Hint
          trigger={
            <Button className={className} aria-disabled="true" aria-describedby={why}>
              {face}
            </Button>
          }
        >
          <Findings findings={[refusal]} />
        </Hint>
        <span id={why} hidden>
          {refusal.what} {refusal.remedy}
        </span>
      </>
    );
  }
  return (
    <>
      <Button
        look="danger-outline"
        className={className}
        aria-haspopup="dialog"
        aria-keyshortcuts="Alt+R"
        title="Alt+R"
        onPointerEnter={load}
        onFocus={load}
        onClick={show}
      >
        {face}
      </Button>
      {opened > 0 && target && (
        <VerbDialog
          key={`${opened} ${target.name}`}
          verb="rollback"
          scene={sceneOfSummary(target)}
          input={{}}
          open={open}
          onClose={() => setOpen(false)}
          chooser={
            candidates.length > 1 && (
              <Choice
                legend="App"
                value={target.name}
                options={candidates.map((app) => ({
                  value: app.name,
                  label: app.name,
                  hint: `back to ${app.wayBack?.version ?? app.wayBack?.slot}`,
                }))}
                onChange={setChosen}
              />
            )
          }
        />
      )}
    </>
  );
}
