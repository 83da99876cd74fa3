"use client";
import dynamic from "next/dynamic";
import { usePathname } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import type { AppSummary } from "#lib/operations/views.ts";
import { verbWords } from "../verb/verb-words.ts";

const Toaster = dynamic(() => import("sonner").then((module) => module.Toaster), { ssr: false });

/** Says on any other page that a run ended. The run's own page says it better. */
export function RunToasts({ apps }: { apps: AppSummary[] }) {
  const path = usePathname();
  const active = useRef(new Map<string, string>());
  const [needed, setNeeded] = useState(false);

  // Who opens the run's page has read it.
  useEffect(() => {
    const id = /^\/runs\/([^/]+)$/.exec(path)?.[1];
    if (needed && id) void import("sonner").then(({ toast }) => toast.dismiss(id));
  }, [path, needed]);

  useEffect(() => {
    for (const app of apps) {
      const watched = active.current.get(app.name);
      if (app.activeRun) active.current.set(app.name, app.activeRun.id);
      else active.current.delete(app.name);
      const { lastRun } = app;
      if (!watched || app.activeRun?.id === watched || lastRun?.id !== watched) continue;
      if (path === `/runs/${watched}`) continue;
      setNeeded(true);
      const text = `${verbWords[lastRun.kind].run} of ${app.name} ${lastRun.status}.`;
      void import("sonner").then(({ toast }) =>
        lastRun.status === "succeeded"
          ? toast(text, { id: lastRun.id })
          : toast.error(text, {
              id: lastRun.id,
              duration: 15_000,
              description: lastRun.error ?? lastRun.abortReason,
            }),
      );
    }
  }, [apps, path]);

  return needed ? (
    <Toaster position="bottom-right" theme="system" offset={72} toastOptions={{ className: "font-sans" }} />
  ) : null;
}
