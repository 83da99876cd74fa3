"use client";
import { X } from "lucide-react";
import { usePathname } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import type { AppSummary } from "#lib/operations/views.ts";
import { buttonStyle } from "../ui/button-style.ts";
import { verbWords } from "../verb/verb-words.ts";

interface Toast {
  /** The run's. */
  id: string;
  text: string;
  /** What went wrong. */
  problem: string | null;
  failed: boolean;
}

const SHOWN_MS = 5_000;
const FAILURE_SHOWN_MS = 15_000;

/** Says on any other page that a run ended. The run's own page says it better. */
export function RunToasts({ apps }: { apps: AppSummary[] }) {
  const path = usePathname();
  const active = useRef(new Map<string, string>());
  const [toasts, setToasts] = useState<Toast[]>([]);
  const dismiss = (id: string) => setToasts((before) => before.filter((each) => each.id !== id));

  useEffect(() => {
    for (const app of apps) {
      const watched = active.current.get(app.name);
      if (app.activeRun) active.current.set(app.name, app.activeRun.id);
      else active.current.delete(app.name);
      const { lastRun } = app;
      if (!watched || app.activeRun?.id === watched || lastRun?.id !== watched) continue;
      if (path === `/runs/${watched}`) continue;
      const toast: Toast = {
        id: lastRun.id,
        text: `${verbWords[lastRun.kind].run} of ${app.name} ${lastRun.status}.`,
        problem: lastRun.status === "succeeded" ? null : (lastRun.error ?? lastRun.abortReason),
        failed: lastRun.status !== "succeeded",
      };
      setToasts((before) => [...before.filter(({ id }) => id !== toast.id), toast].slice(-3));
    }
  }, [apps, path]);

  // Who opens the run's page has read it.
  const shown = toasts.filter(({ id }) => path !== `/runs/${id}`);
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-4 bottom-18 z-30 flex flex-col items-end gap-2 sm:left-auto sm:w-96"
    >
      {shown.map((toast) => (
        <RunToast key={toast.id} toast={toast} onDone={() => dismiss(toast.id)} />
      ))}
    </div>
  );
}

/** Stays while the pointer or the keyboard is on it. */
function RunToast({ toast, onDone }: { toast: Toast; onDone(): void }) {
  const [held, setHeld] = useState(false);
  const done = useRef(onDone);
  done.current = onDone;
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => done.current(), toast.failed ? FAILURE_SHOWN_MS : SHOWN_MS);
    return () => clearTimeout(timer);
  }, [held, toast.failed]);
  const hold = () => setHeld(true);
  const letGo = () => setHeld(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only stays longer while it is looked at
    <div
      onMouseEnter={hold}
      onMouseLeave={letGo}
      onFocus={hold}
      onBlur={letGo}
      className={`pointer-events-auto flex w-full items-start gap-2 rounded-md border bg-panel px-3 py-2 shadow-lg ${toast.failed ? "border-danger" : "border-edge"}`}
    >
      <div className="min-w-0 flex-1 wrap-anywhere">
        <p className="font-medium">{toast.text}</p>
        {toast.problem && <p className="text-xs text-soft">{toast.problem}</p>}
      </div>
      <button
        type="button"
        aria-label="Dismiss"
        onClick={onDone}
        className={buttonStyle("quiet", "small", "-mr-2")}
      >
        <X aria-hidden className="size-4" />
      </button>
    </div>
  );
}
