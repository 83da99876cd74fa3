import Link from "next/link";
import { buttonStyle } from "#components/ui/button-style.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";

export default function NotFound() {
  return (
    <EmptyState title="There is no such page" heading="h1">
      <p>The app, run or page that was asked for does not exist here.</p>
      <Link href="/" className={buttonStyle("primary")}>
        To the apps
      </Link>
    </EmptyState>
  );
}
