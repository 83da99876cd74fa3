"use client";
import { PageProblem } from "#components/shell/page-problem.tsx";

export default function RootError({ reset }: { reset(): void }) {
  return (
    <main className="mx-auto max-w-xl px-4 py-16">
      <PageProblem retry={reset} />
    </main>
  );
}
