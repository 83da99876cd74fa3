/** Visitors of the shop while something goes on, and the proof that none of them noticed. */
import { expect } from "vitest";
import { Ledger } from "#bench/ledger/ledger.ts";
import { httpReader } from "#bench/ledger/reader.ts";
import { verify } from "#bench/ledger/verify.ts";
import { startLoad } from "#bench/load/load.ts";
import type { Installation } from "./installation.ts";

/** No request failed, and what was acknowledged is there once. */
export async function unnoticed(it: Installation, act: () => Promise<void>): Promise<void> {
  const ledger = new Ledger();
  const visited = { gatewayPort: it.gatewayPort, host: "shop.localhost" };
  const load = startLoad({ ...visited, readsPerSecond: 60, writesPerSecond: 40, ledger });
  try {
    await act();
  } finally {
    await load.stop();
  }
  expect(load.report().failures).toEqual({});
  const found = await httpReader({ port: it.gatewayPort, host: visited.host })();
  expect(verify(ledger.records, found, ledger.prefix)).toMatchObject({ lost: 0, doubled: 0, unexplained: 0 });
}
