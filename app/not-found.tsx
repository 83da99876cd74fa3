import Link from "next/link";
import { buttonStyle } from "#components/ui/button-style.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";

export default function NotFound() {
  return (
    <main className="mx-auto max-w-xl px-4 py-16">
      <EmptyState title="There is no such page" heading="h1">
        <Link href="/" className={buttonStyle("primary")}>
          To the apps
        </Link>
      </EmptyState>
    </main>
  );
}
