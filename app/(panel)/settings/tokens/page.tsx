import type { Metadata } from "next";
import { NeedsRole } from "#components/shell/needs-role.tsx";
import { CreateToken } from "#components/tokens/create-token.tsx";
import { TokenList } from "#components/tokens/token-list.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { listTokens } from "#lib/auth/api-token.ts";
import { listApps } from "#lib/operations/read/apps.ts";
import { ACTIVE_ROLES, roleAtLeast } from "#lib/operations/role.ts";
import { endToken, makeToken } from "../../../acts/tokens.ts";
import { signedIn } from "../../../session.ts";

export const metadata: Metadata = { title: "API tokens" };

export default async function TokensPage() {
  const context = await signedIn("/settings/tokens");
  const { role } = context.actor;
  if (!roleAtLeast(role, "admin")) return <NeedsRole needed="admin" role={role} />;
  const [tokens, apps] = await Promise.all([listTokens(context), listApps(context)]);
  return (
    <div className="space-y-4">
      <Panel title="Create a token">
        <CreateToken roles={ACTIVE_ROLES} apps={apps.map((app) => app.name)} create={makeToken} />
      </Panel>
      {tokens.length > 0 ? (
        <TokenList tokens={tokens} revoke={endToken} />
      ) : (
        <EmptyState title="No token yet">
          <p>A script or the command line uses one as Authorization: Bearer.</p>
        </EmptyState>
      )}
    </div>
  );
}
