"use client";
import { useEffect, useState } from "react";
import type { SourcesView } from "#lib/operations/read/releases.ts";

/** Where the last release came from, and the app's credentials; null until the dashboard answered. */
export function useSources(app: string): SourcesView | null {
  const [sources, setSources] = useState<SourcesView | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    fetch(`/api/v1/apps/${encodeURIComponent(app)}/sources`, { signal: abort.signal })
      .then(async (response) => {
        // Only a convenience: without it the form begins empty.
        if (response.ok) setSources((await response.json()) as SourcesView);
      })
      .catch(() => {});
    return () => abort.abort();
  }, [app]);
  return sources;
}
