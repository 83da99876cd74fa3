/** Tells the other processes, when the transaction commits. Ids only: whoever hears reads the rows. */
import type { StoreTransaction } from "#lib/store/client.ts";

export type Channel = "signalbox_runs" | "signalbox_events" | "signalbox_routes";

export async function notify(tx: StoreTransaction, channel: Channel, id: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_notify(${channel}, ${id})`;
}
