import type { ReactNode } from "react";
import { AppTabs } from "#components/apps/app-tabs.tsx";
import { PageHeading } from "#components/ui/page-heading.tsx";

interface Props {
  params: Promise<{ app: string }>;
  children: ReactNode;
}

export default async function AppLayout({ params, children }: Props) {
  const app = decodeURIComponent((await params).app);
  return (
    <>
      <PageHeading title={app}>
        <AppTabs app={app} />
      </PageHeading>
      {children}
    </>
  );
}
