/** What all gateways count. */
import type { Home } from "#lib/config/home.ts";
import { call } from "./call.ts";
import type { Answer } from "./control.ts";
import { livingGateways } from "./control-file.ts";

export type GatewayStats = Answer<"stats">;

/** By process: counters begin anew with each. Without those that don't answer within `timeoutMs`. */
export async function allStats(home: Home, timeoutMs: number): Promise<Map<string, GatewayStats>> {
  const asked = livingGateways(home).map(async (gateway) => {
    const stats = await call(gateway, "stats", {}, { timeoutMs });
    return [`${gateway.id} ${gateway.pid} ${gateway.startTime}`, stats] as const;
  });
  const settled = await Promise.allSettled(asked);
  return new Map(settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
}
