import type { ReactNode } from "react";
import { AppTabs } from "#components/apps/app-tabs.tsx";
import { PageHeading } from "#components/ui/page-heading.tsx";
import { ActsProvider } from "#components/verb/acts.tsx";
import { appsWithRole } from "#lib/operations/context.ts";
import { cancel, requestVerb } from "../../../acts/runs.ts";
import { actsRefusal } from "../../../acts-allowed.ts";
import { signedIn } from "../../../session.ts";

interface Props {
  params: Promise<{ app: string }>;
  children: ReactNode;
}

export default async function AppLayout({ params, children }: Props) {
  const app = decodeURIComponent((await params).app);
  const context = await signedIn(`/apps/${encodeURIComponent(app)}`);
  return (
    <>
      <PageHeading title={app}>
        <AppTabs app={app} />
      </PageHeading>
      <ActsProvider
        request={requestVerb}
        cancel={cancel}
        notAllowed={actsRefusal(context, app)}
        adminOf={appsWithRole(context, "admin")}
      >
        {children}
      </ActsProvider>
    </>
  );
}
