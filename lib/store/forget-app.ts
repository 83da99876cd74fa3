import type { Store } from "./client.ts";

/**
 * The end of an app whose removal that run is: it loses its name, its slots and all that was only its own. Its runs
 * and its audit stay. Safe to repeat.
 */
export async function forgetApp(store: Store, runId: string): Promise<void> {
  await store.$transaction(async (tx) => {
    const { app } = await tx.run.findUniqueOrThrow({ where: { id: runId }, include: { app: true } });
    if (app.removedAt !== null) return;
    const appId = app.id;
    for (const table of [tx.domain, tx.slot, tx.variable, tx.membership, tx.shareLink, tx.sourceCredential]) {
      await (table as typeof tx.domain).deleteMany({ where: { appId } });
    }
    await tx.release.deleteMany({ where: { appId } });
    await tx.wayBack.deleteMany({ where: { appId } });
    await tx.watch.deleteMany({ where: { appId } });
    const name = `${app.name.slice(0, 14)}-removed-${runId.slice(0, 8)}`;
    // Tokens for this app are not for a later one of its name; an empty list would be all apps.
    await tx.$executeRaw`UPDATE api_token SET apps = array_replace(apps, ${app.name}, ${name})
      WHERE ${app.name} = ANY (apps)`;
    await tx.app.update({
      where: { id: appId },
      data: {
        name,
        liveSlot: null,
        removedAt: new Date(),
        routeVersion: { increment: 1 },
      },
    });
    // The sealed connection strings go with it.
    await tx.$executeRaw`UPDATE app SET adoption = NULL WHERE id = ${appId}`;
    await tx.$executeRaw`SELECT pg_notify('signalbox_routes', ${app.name})`;
  });
}
