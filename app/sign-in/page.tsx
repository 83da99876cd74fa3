import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { SignInForm } from "#components/sign-in/sign-in-form.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { visitor } from "../session.ts";
import { ownPath } from "./own-path.ts";

export const metadata: Metadata = { title: "Sign in" };

interface Props {
  searchParams: Promise<{ next?: string | string[]; link?: string | string[] }>;
}

const links: Record<string, { title: string; remedy: string }> = {
  used: {
    title: "This sign-in link was used already.",
    remedy: "It works once. Sign in with your password, or ask an admin for a new link.",
  },
  expired: {
    title: "This sign-in link is too old.",
    remedy: "Ask an admin for a new one, or print one on the machine that runs Signalbox.",
  },
  unavailable: {
    title: "The link can't be checked just now.",
    remedy: "The store does not answer. The link is not used up: open it again in a moment.",
  },
  unknown: {
    title: "This sign-in link is not known here.",
    remedy: "Check that all of it was copied, and that it is for this installation.",
  },
};

export default async function SignInPage({ searchParams }: Props) {
  const asked = await searchParams;
  const next = ownPath(asked.next);
  const link = typeof asked.link === "string" ? links[asked.link] : undefined;
  if (!link && (await visitor())) redirect(next);
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-6 px-4 py-10">
      <header className="flex items-center gap-3">
        <svg aria-hidden="true" viewBox="0 0 24 24" className="size-9" fill="none" strokeWidth="3">
          <path d="M1 7 H23" className="stroke-blue" />
          <path d="M1 17 H23" className="stroke-green" strokeDasharray="3 2" />
          <path d="M7 7 L15 17" stroke="currentColor" strokeWidth="2" />
        </svg>
        <h1 className="text-xl font-semibold">Sign in to Signalbox</h1>
      </header>
      {link && (
        <Notice kind="warn" title={link.title}>
          <p>{link.remedy}</p>
        </Notice>
      )}
      <div className="rounded-lg border border-line bg-panel p-5">
        <SignInForm next={next} />
      </div>
    </main>
  );
}
