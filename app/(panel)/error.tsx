"use client";
import { PageProblem } from "#components/shell/page-problem.tsx";

export default function PanelError({ reset }: { reset(): void }) {
  return <PageProblem retry={reset} />;
}
