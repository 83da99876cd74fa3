/** What all gateways count. */
import type { Home } from "#lib/config/home.ts";
import { allStats, type GatewayStats } from "#lib/gateway/all-stats.ts";

export type { GatewayStats };

/** One entry per gateway that answers within `timeoutMs`; empty when none does. */
export const gatewayStats = async (home: Home, timeoutMs = 800): Promise<GatewayStats[]> => [
  ...(await allStats(home, timeoutMs)).values(),
];
