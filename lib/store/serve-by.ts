import type { SlotRef } from "#lib/engine/model.ts";
import { StaleToken } from "#lib/engine/ports.ts";
import type { Store } from "./client.ts";

/** Records which web instances of a slot are routed to. Rejects with StaleToken when a newer engine acts. */
export async function serveBy(store: Store, { app, slot }: SlotRef, instances: string[], token: number) {
  await store.$transaction(async (tx) => {
    const moved = await tx.app.updateMany({
      where: { name: app, epoch: { lte: token } },
      data: { routeVersion: { increment: 1 } },
    });
    if (moved.count === 0) throw new StaleToken(`A newer engine acts for ${app}.`);
    await tx.slot.updateMany({ where: { app: { name: app }, name: slot }, data: { servedBy: instances } });
    await tx.$executeRaw`SELECT pg_notify('signalbox_routes', ${app})`;
  });
}
