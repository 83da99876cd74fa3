"use client";
import { PageProblem } from "#components/shell/page-problem.tsx";
import "./globals.css";

/** In place of the whole document, when even its frame failed. */
export default function GlobalError({ reset }: { reset(): void }) {
  return (
    <html lang="en" className="font-sans">
      <body>
        <main className="mx-auto max-w-xl px-4 py-16">
          <PageProblem retry={reset} />
        </main>
      </body>
    </html>
  );
}
