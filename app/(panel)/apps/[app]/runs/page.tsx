import type { Metadata } from "next";
import { RunList } from "#components/run/run-list.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { OlderLinks } from "#components/ui/older-link.tsx";
import { listRuns } from "#lib/operations/read/runs.ts";
import { found } from "../../../../found.ts";
import { signedIn } from "../../../../session.ts";

export const metadata: Metadata = { title: "Runs" };

const PAGE = 25;

interface Props {
  params: Promise<{ app: string }>;
  searchParams: Promise<{ before?: string | string[] }>;
}

export default async function RunsPage({ params, searchParams }: Props) {
  const name = decodeURIComponent((await params).app);
  const path = `/apps/${encodeURIComponent(name)}/runs`;
  const context = await signedIn(path);
  const asked = (await searchParams).before;
  const before = typeof asked === "string" ? asked : undefined;
  const runs = await found(listRuns(context, name, { before, limit: PAGE + 1 }));
  const shown = runs.slice(0, PAGE);
  const last = shown.at(-1);
  if (shown.length === 0) return <EmptyState title={before ? "No older runs" : "No run yet"} />;
  return (
    <>
      <div className="rounded-lg border border-line bg-panel px-4 py-1">
        <RunList runs={shown} />
      </div>
      <OlderLinks
        older={runs.length > PAGE && last ? `${path}?before=${encodeURIComponent(last.id)}` : null}
        newest={before ? path : null}
      />
    </>
  );
}
