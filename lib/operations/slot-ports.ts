/** Loopback ports for a new app's two slots. */
import type { Home } from "#lib/config/home.ts";
import { readPorts } from "#lib/config/open-home.ts";
import { PORTS_PER_SLOT } from "#lib/engine/world.ts";
import type { StoreTransaction } from "#lib/store/client.ts";
import { OperationError } from "./errors.ts";

const RANGE = 2_000;

/** First ports of the `count` lowest blocks from the home's `slotBase` on that no slot has. One caller at a time. */
export async function freeSlotPorts(tx: StoreTransaction, home: Home, count: number): Promise<number[]> {
  const base = readPorts(home).slotBase;
  const taken = (await tx.slot.findMany({ select: { port: true } })).map(({ port }) => port);
  const free: number[] = [];
  for (
    let port = base;
    port < Math.min(base + RANGE, 65_536) && free.length < count;
    port += PORTS_PER_SLOT
  ) {
    if (!taken.some((other) => Math.abs(other - port) < PORTS_PER_SLOT)) free.push(port);
  }
  if (free.length < count) {
    throw new OperationError(
      "unavailable",
      `No ports are left for slots between ${base} and ${base + RANGE}.`,
    );
  }
  return free;
}
