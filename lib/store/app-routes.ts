import { idleSlot } from "#lib/engine/model.ts";
import type { AppRoutes } from "#lib/engine/ports.ts";
import type { Store } from "./client.ts";

/** One app's routes as a gateway is told them. */
export async function readAppRoutes(store: Store, appName: string): Promise<AppRoutes> {
  const app = await store.app.findUniqueOrThrow({
    where: { name: appName },
    include: { domains: true, slots: { include: { release: true }, orderBy: { name: "asc" } } },
  });
  const shown = app.slots.find((slot) => slot.name === (app.liveSlot ?? idleSlot(null)));
  const manifest = shown?.release?.manifest as { health?: { path?: string } } | undefined;
  return {
    app: app.name,
    version: app.routeVersion,
    domains: app.domains.map(({ host, audience }) => ({ host, audience })),
    live: app.liveSlot,
    stagingAccess: app.stagingAccess,
    slots: app.slots.map((slot) => ({
      slot: slot.name,
      host: "127.0.0.1",
      port: slot.port,
      release: slot.release?.version ?? null,
      paused: slot.paused,
    })),
    healthPath: manifest?.health?.path ?? "/",
  };
}
