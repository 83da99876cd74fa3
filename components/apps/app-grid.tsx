"use client";
import type { AppSummary } from "#lib/operations/views.ts";
import { useApps } from "../live/overview.ts";
import { AppCard } from "./app-card.tsx";

/** All apps, as they stand now. */
export function AppGrid({ apps }: { apps: AppSummary[] }) {
  return (
    <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
      {useApps(apps).map((app) => (
        <AppCard key={app.name} app={app} />
      ))}
    </div>
  );
}
