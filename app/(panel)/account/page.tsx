import type { Metadata } from "next";
import { AccountForm } from "#components/account/account-form.tsx";
import { PasswordForm } from "#components/account/password-form.tsx";
import { SessionList } from "#components/account/session-list.tsx";
import { SignOutButton } from "#components/account/sign-out-button.tsx";
import { PageHeading } from "#components/ui/page-heading.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { getAccount } from "#lib/auth/account.ts";
import { MIN_PASSWORD } from "#lib/auth/auth.ts";
import { listSessions } from "#lib/auth/sessions.ts";
import { endMyOtherSessions, endMySession, saveAccount, savePassword } from "../../acts/account.ts";
import { sessionId, signedIn } from "../../session.ts";

export const metadata: Metadata = { title: "Account" };

export default async function AccountPage() {
  const context = await signedIn("/account");
  const [account, sessions] = await Promise.all([
    getAccount(context),
    sessionId().then((current) => listSessions(context, current)),
  ]);
  return (
    <div className="max-w-xl">
      <PageHeading
        title={account.hasPassword ? "Account" : "Set up your account"}
        note={
          account.hasPassword
            ? undefined
            : "The link that brought you here works once. Set a password to get in again."
        }
      >
        <SignOutButton />
      </PageHeading>
      <div className="space-y-4">
        <Panel title="You">
          <AccountForm account={account} save={saveAccount} />
        </Panel>
        <Panel title="Password">
          <PasswordForm
            hasPassword={account.hasPassword}
            email={account.email}
            minLength={MIN_PASSWORD}
            save={savePassword}
          />
        </Panel>
        <Panel title="Where you are signed in">
          <SessionList sessions={sessions} end={endMySession} endOthers={endMyOtherSessions} />
        </Panel>
      </div>
    </div>
  );
}
