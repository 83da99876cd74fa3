"use client";
import { usePathname } from "next/navigation";
import { Tabs } from "../ui/tabs.tsx";

export function AppTabs({ app }: { app: string }) {
  const base = `/apps/${encodeURIComponent(app)}`;
  const path = usePathname();
  return (
    <Tabs
      label={`Pages of ${app}`}
      path={path}
      tabs={[
        { href: base, label: "Cockpit" },
        { href: `${base}/releases`, label: "Releases" },
        { href: `${base}/runs`, label: "Runs" },
        { href: `${base}/receipts`, label: "Receipts" },
        { href: `${base}/logs`, label: "Logs" },
        { href: `${base}/jobs`, label: "Jobs" },
        { href: `${base}/share`, label: "Share" },
        { href: `${base}/settings`, label: "Settings" },
      ]}
    />
  );
}
