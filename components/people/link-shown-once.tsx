"use client";
import { useHydrated } from "../ui/clock.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Notice } from "../ui/notice.tsx";

/** A sign-in link to hand over. It is not stored, so this is the only time. */
export function LinkShownOnce({ name, path }: { name: string; path: string }) {
  const hydrated = useHydrated();
  const link = hydrated ? new URL(path, location.origin).href : path;
  return (
    <Notice live title={`Hand this link to ${name}. It works once, within a week, and is not shown again.`}>
      <p className="font-mono text-xs wrap-anywhere select-all">{link}</p>
      <CopyButton text={link} label="Copy link" />
    </Notice>
  );
}
