/**
 * A sample of the crash matrix, for every day; crash.slow.test.ts covers all of it, and times it. Here other tests run
 * beside it, so only that it recovers counts.
 */

import { afterAll, beforeAll, expect, test } from "vitest";
import { Ledger } from "#bench/ledger/ledger.ts";
import { httpReader } from "#bench/ledger/reader.ts";
import { verify } from "#bench/ledger/verify.ts";
import { startLoad } from "#bench/load/load.ts";
import { deploy } from "#lib/operations/deploy.ts";
import { type Crash, crashOnce, getReady } from "./testing/crash.ts";
import { type Installation, startInstallation, succeeded, withLiveShop } from "./testing/installation.ts";

let it: Installation;

beforeAll(async () => {
  it = await startInstallation();
  await it.startGateway();
  it.startEngine();
  await withLiveShop(it);
  const source = { kind: "folder" as const, path: await it.release("1.1.0") };
  await succeeded(it, await deploy(it.context, { app: "shop", source }));
  await it.killEngines();
});
afterAll(() => it?.stop());

// Hold in force, drained, fenced, copied, durable, caught up, asked to commit, committed, routed.
const AT = [13, 15, 17, 19, 23, 25, 26, 27, 31];

test.each(AT.map((at): Crash => ({ verb: "swap", at, when: "after" })))(
  "a swap whose engine is killed $when record $at ends in one of two states and loses nothing",
  { timeout: 90_000 },
  async (crash) => {
    await getReady(it, crash.verb);
    const ledger = new Ledger();
    const load = startLoad({
      gatewayPort: it.gatewayPort,
      host: "shop.localhost",
      readsPerSecond: 20,
      writesPerSecond: 20,
      ledger,
    });
    const recovery = await crashOnce(it, crash, 20_000);
    await load.stop();
    expect(recovery).not.toBeNull();
    const found = await httpReader({ port: it.gatewayPort, host: "shop.localhost" })();
    expect(verify(ledger.records, found, ledger.prefix)).toMatchObject({
      lost: 0,
      doubled: 0,
      unexplained: 0,
    });
    expect(load.report().failures).toEqual({});
  },
);
