/** What all gateways count. */
import type { Home } from "#lib/config/home.ts";
import { call } from "#lib/gateway/call.ts";
import type { Answer } from "#lib/gateway/control.ts";
import { livingGateways } from "#lib/gateway/control-file.ts";

export type GatewayStats = Answer<"stats">;

/** One entry per gateway that answers within `timeoutMs`; empty when none does. */
export async function gatewayStats(home: Home, timeoutMs = 800): Promise<GatewayStats[]> {
  const asked = livingGateways(home).map((gateway) => call(gateway, "stats", {}, { timeoutMs }));
  const settled = await Promise.allSettled(asked);
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}
