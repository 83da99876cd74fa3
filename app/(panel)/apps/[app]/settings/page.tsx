import type { Metadata } from "next";
import { ConnectionPanel } from "#components/adopt/connection-panel.tsx";
import { RemovePanel } from "#components/adopt/remove-panel.tsx";
import { CredentialsPanel } from "#components/credentials/credentials-panel.tsx";
import { LiveAppProvider } from "#components/live/live-app.tsx";
import { ScalePanel } from "#components/settings/scale-panel.tsx";
import { TuningPanel } from "#components/settings/tuning-panel.tsx";
import { UpdatePanel } from "#components/settings/update-panel.tsx";
import { NeedsRole } from "#components/shell/needs-role.tsx";
import { VariablesPanel } from "#components/variables/variables-panel.tsx";
import { WEB_INSTANCES } from "#lib/config/app-settings.ts";
import { roleIn } from "#lib/operations/context.ts";
import { getApp } from "#lib/operations/read/apps.ts";
import { roleAtLeast } from "#lib/operations/role.ts";
import { getSettings } from "#lib/operations/settings.ts";
import { listCredentials } from "#lib/operations/source-credentials.ts";
import { listVariables } from "#lib/operations/variables.ts";
import { removeApp, showConnection } from "../../../../acts/adoption.ts";
import { dropVariable, saveSettings, saveVariable } from "../../../../acts/live-changes.ts";
import { dropCredential, keepCredential } from "../../../../acts/releases.ts";
import { found } from "../../../../found.ts";
import { signedIn } from "../../../../session.ts";

export const metadata: Metadata = { title: "Settings" };

interface Props {
  params: Promise<{ app: string }>;
}

export default async function AppSettingsPage({ params }: Props) {
  const name = decodeURIComponent((await params).app);
  const context = await signedIn(`/apps/${encodeURIComponent(name)}/settings`);
  const app = await found(getApp(context, name));
  const role = roleIn(context.actor, name);
  if (!roleAtLeast(role, "operator")) return <NeedsRole needed="operator" role={role} />;
  const [variables, settings, credentials] = await Promise.all([
    listVariables(context, name),
    getSettings(context, name),
    listCredentials(context, name),
  ]);
  const count = settings.settings.webInstances;
  const admin = roleAtLeast(context.actor.role, "admin");
  return (
    <LiveAppProvider app={app} run={null}>
      <div className="space-y-4">
        {!app.external && (
          <>
            <VariablesPanel view={variables} save={saveVariable} drop={dropVariable} />
            <CredentialsPanel
              app={name}
              credentials={credentials}
              add={keepCredential}
              remove={dropCredential}
            />
          </>
        )}
        {admin && app.external?.data && <ConnectionPanel app={app} show={showConnection} />}
        {!app.external && <ScalePanel key={count} count={count} most={WEB_INSTANCES.max} />}
        {app.live && !app.external && <UpdatePanel />}
        <TuningPanel app={name} view={settings} mayChange save={saveSettings} />
        {admin && <RemovePanel app={app} remove={removeApp} />}
      </div>
    </LiveAppProvider>
  );
}
