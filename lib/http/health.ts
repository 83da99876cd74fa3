/** Whether this process lives, and whether it can do its work. For load balancers: nothing here needs a token. */
import { livingEngines } from "#lib/operations/read/engine-call.ts";
import { gatewayStats } from "#lib/operations/read/gateway-stats.ts";
import { installation } from "./installation.ts";

export const healthz = (): Response => Response.json({ ok: true }, { headers: NO_STORE });

/** 503 when a part is missing without which nobody can swap; the body says which. */
export async function readyz(): Promise<Response> {
  const parts = { store: false, engine: false, gateway: false };
  try {
    const { store, home } = installation();
    parts.engine = livingEngines(home).length > 0;
    parts.gateway = (await gatewayStats(home)).length > 0;
    await store.$queryRaw`SELECT 1`;
    parts.store = true;
  } catch {
    // What failed stays false.
  }
  const ok = parts.store && parts.engine && parts.gateway;
  return Response.json({ ok, ...parts }, { status: ok ? 200 : 503, headers: NO_STORE });
}

const NO_STORE = { "cache-control": "no-store" };
