import type { ReactNode } from "react";
import { SettingsTabs } from "#components/shell/settings-tabs.tsx";
import { PageHeading } from "#components/ui/page-heading.tsx";

export default function SettingsLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <PageHeading title="Settings">
        <SettingsTabs />
      </PageHeading>
      {children}
    </>
  );
}
