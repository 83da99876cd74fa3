import { cookies, headers } from "next/headers";
import type { ReactNode } from "react";
import { PasswordReminder } from "#components/account/password-reminder.tsx";
import { Shell } from "#components/shell/shell.tsx";
import { readTheme, THEME_COOKIE } from "#components/shell/theme.ts";
import { ActsProvider } from "#components/verb/acts.tsx";
import { getAccount } from "#lib/auth/account.ts";
import { PATH_HEADER } from "#lib/gate/path-header.ts";
import { appsWithRole } from "#lib/operations/context.ts";
import { listApps } from "#lib/operations/read/apps.ts";
import { cancel, requestVerb } from "../acts/runs.ts";
import { actsRefusal } from "../acts-allowed.ts";
import { signedIn } from "../session.ts";

/** Pages of somebody signed in. Others are sent away from here, before a byte of the answer has left. */
export default async function PanelLayout({ children }: { children: ReactNode }) {
  const context = await signedIn((await headers()).get(PATH_HEADER) ?? "/");
  const { name, role } = context.actor;
  const [apps, { hasPassword }] = await Promise.all([listApps(context), getAccount(context)]);
  return (
    <ActsProvider
      request={requestVerb}
      cancel={cancel}
      notAllowed={actsRefusal(context)}
      adminOf={appsWithRole(context, "admin")}
    >
      <Shell
        apps={apps}
        person={{ name, role: role === "none" ? "member of single apps" : role }}
        theme={readTheme((await cookies()).get(THEME_COOKIE)?.value)}
      >
        {!hasPassword && <PasswordReminder />}
        {children}
      </Shell>
    </ActsProvider>
  );
}
