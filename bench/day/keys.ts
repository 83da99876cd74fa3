/** What the owner of the machine does before anybody can sign in: a token for the API, a link for the browser. */
import { createToken, listTokens, revokeToken } from "#lib/auth/api-token.ts";
import { mintAdminLink, SIGN_IN_LINK_PATH } from "#lib/auth/sign-in-link.ts";
import { connections } from "#lib/config/open-home.ts";
import type { OperationContext } from "#lib/operations/context.ts";
import { openStore } from "#lib/store/client.ts";
import type { Installation } from "./installation.ts";

const LINK_MS = 24 * 3_600_000;

export interface Keys {
  apiToken: string;
  /** Signs the first admin in, once, within a day. */
  signInUrl: string;
}

/** Makes the keys. Tokens of an earlier start with the same name are revoked. */
export async function mintKeys(installation: Installation, name: string): Promise<Keys> {
  const { home, environment, gatewayPort: port } = installation;
  const store = openStore(connections(home, environment).store, { maxConnections: 2, name: "desk" });
  try {
    const context: OperationContext = {
      store,
      home,
      actor: { kind: "cli", id: name, name, role: "admin" },
      dashboardHosts: environment.dashboardHosts,
      site: { scheme: "http", port },
    };
    for (const token of await listTokens(context))
      if (token.name === name && token.revokedAt === null) await revokeToken(context, token.id);
    const { secret: apiToken } = await createToken(context, { name, role: "admin" });
    const link = await mintAdminLink(store, LINK_MS);
    return { apiToken, signInUrl: `http://localhost:${port}${SIGN_IN_LINK_PATH}${link}` };
  } finally {
    await store.$disconnect();
  }
}
