"use client";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";

/** A page that could not be made. Says first what an operator wants to know: whether visitors notice. */
export function PageProblem({ retry }: { retry(): void }) {
  return (
    <EmptyState title="This page could not be made" heading="h1">
      <p>
        Traffic goes on: it does not pass through the dashboard. The store may be away for a moment; the web
        process's log says more. What to do without the dashboard is in docs/operations.md.
      </p>
      <Button look="primary" onClick={retry}>
        Try again
      </Button>
    </EmptyState>
  );
}
