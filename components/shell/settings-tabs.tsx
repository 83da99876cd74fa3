"use client";
import { usePathname } from "next/navigation";
import { Tabs } from "../ui/tabs.tsx";

export function SettingsTabs() {
  return (
    <Tabs
      label="Settings"
      path={usePathname()}
      tabs={[
        { href: "/settings/people", label: "People" },
        { href: "/settings/tokens", label: "API tokens" },
        { href: "/settings/system", label: "System" },
      ]}
    />
  );
}
