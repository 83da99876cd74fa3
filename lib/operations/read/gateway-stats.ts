/** What all gateways count, as one. */
import type { z } from "zod";
import type { Home } from "#lib/config/home.ts";
import { answers } from "#lib/gateway/control.ts";
import { callControl, livingProcesses } from "./control-call.ts";

export type GatewayStats = z.infer<typeof answers.stats>;

/** One entry per gateway that answers within `timeoutMs`; empty when none does. */
export async function gatewayStats(home: Home, timeoutMs = 800): Promise<GatewayStats[]> {
  const asked = livingProcesses(home, "gateway").map(async (gateway) => {
    const response = await callControl(gateway, "stats", {}, { signal: AbortSignal.timeout(timeoutMs) });
    return answers.stats.parse(await response.json());
  });
  const settled = await Promise.allSettled(asked);
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}
