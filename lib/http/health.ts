/** Whether this process lives, and whether it can do its work. For load balancers: nothing here needs a token. */
import type { Home } from "#lib/config/home.ts";
import { engineSays } from "#lib/operations/read/engine-call.ts";
import { gatewayStats } from "#lib/operations/read/gateway-stats.ts";
import { installation } from "./installation.ts";

export const healthz = (): Response => Response.json({ ok: true }, { headers: NO_STORE });

/** 503 when a part is missing without which nobody can swap; the body says which. */
export async function readyz(): Promise<Response> {
  const parts = { store: false, engine: false, gateway: false };
  try {
    const { store, home } = installation();
    const look = async (part: keyof typeof parts, question: () => Promise<boolean>) => {
      // What fails stays false.
      parts[part] = await question().catch(() => false);
    };
    await Promise.all([
      look("store", async () => (await store.$queryRaw<unknown[]>`SELECT 1`).length === 1),
      look("gateway", async () => (await gatewayStats(home)).length > 0),
      look("engine", () => engineWorks(home)),
    ]);
  } catch {
    // No installation to look at.
  }
  const ok = parts.store && parts.engine && parts.gateway;
  return Response.json({ ok, ...parts }, { status: ok ? 200 : 503, headers: NO_STORE });
}

/** Alive is not enough: it must hold its lock on the store. */
async function engineWorks(home: Home): Promise<boolean> {
  const answer = await engineSays(home, "working", {}, AbortSignal.timeout(ENGINE_MS));
  return (answer as { working?: boolean } | null)?.working === true;
}

const ENGINE_MS = 1_500;
const NO_STORE = { "cache-control": "no-store" };
