"use client";
import { CircleUser, Unplug } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import type { AppSummary } from "#lib/operations/views.ts";
import { useOverview } from "../live/overview.ts";
import { buttonStyle } from "../ui/button-style.ts";
import { TimeOfDay } from "../ui/time.tsx";
import { Brand } from "./brand.tsx";
import { EmergencyRollback } from "./emergency-rollback.tsx";
import { Nav } from "./nav.tsx";
import { RunPill } from "./run-pill.tsx";
import { RunToasts } from "./run-toasts.tsx";
import type { Theme } from "./theme.ts";
import { ThemeSwitch } from "./theme-switch.tsx";

interface Props {
  apps: AppSummary[];
  person: { name: string; role: string };
  theme: Theme;

  children: ReactNode;
}

/** What is round every page of somebody signed in; on a phone the emergency rollback lies under the thumb. */
export function Shell({ apps: initial, person, theme, children }: Props) {
  const { apps, lostSince, signedOut } = useOverview(initial);
  return (
    <>
      <a
        href="#main"
        className="reveal-on-focus fixed top-2 left-2 z-40 rounded-md bg-ink px-3 py-2 text-panel"
      >
        Skip to the page
      </a>
      <header className="sticky top-0 z-10 border-b border-line bg-panel">
        <div className="mx-auto flex h-14 max-w-7xl items-center gap-2 px-4">
          <Brand />
          <Nav className="ml-3 max-sm:hidden" />
          <div className="ml-auto flex min-w-0 items-center gap-1">
            <RunPill apps={apps} />
            <span className="contents max-sm:hidden">
              <EmergencyRollback apps={apps} shortcut className="mx-1 max-w-60 max-sm:hidden" />
            </span>
            <ThemeSwitch initial={theme} />
            <Link
              href="/account"
              aria-label={`Account of ${person.name}, ${person.role}`}
              title={`${person.name}, ${person.role}`}
              className={buttonStyle("quiet")}
            >
              <CircleUser aria-hidden className="size-4" />
            </Link>
          </div>
        </div>
        {lostSince !== null && (
          <Warning>
            No answer from the dashboard since <TimeOfDay at={new Date(lostSince).toISOString()} />. Retrying;
            traffic goes on without it.
          </Warning>
        )}
        {signedOut && (
          <Warning>
            You are not signed in any more, and this page stands still.{" "}
            <a href="/sign-in" target="_blank" rel="noreferrer" className="underline underline-offset-2">
              Sign in in another tab
            </a>
            , and it goes on.
          </Warning>
        )}
      </header>
      <main id="main" tabIndex={-1} className="mx-auto max-w-7xl px-4 pt-5 pb-24 outline-none sm:pb-10">
        {children}
      </main>
      <footer className="fixed inset-x-0 bottom-0 z-10 flex items-center justify-between gap-2 border-t border-line bg-panel px-2 py-1.5 pb-[max(0.375rem,env(safe-area-inset-bottom))] sm:hidden">
        <Nav />
        <EmergencyRollback apps={apps} className="min-w-0" />
      </footer>
      <RunToasts apps={apps} />
    </>
  );
}

function Warning({ children }: { children: ReactNode }) {
  return (
    <p
      role="status"
      className="flex items-center justify-center gap-1.5 bg-warn-wash px-4 py-1 text-xs font-medium text-warn"
    >
      <Unplug aria-hidden className="size-3.5" />
      <span>{children}</span>
    </p>
  );
}
