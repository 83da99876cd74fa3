/** The whole matrix: the engine killed before and after every record of a swap and of a rollback. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Ledger } from "#bench/ledger/ledger.ts";
import { httpReader } from "#bench/ledger/reader.ts";
import { verify } from "#bench/ledger/verify.ts";
import { startLoad } from "#bench/load/load.ts";
import { deploy } from "#lib/operations/deploy.ts";
import { crashOnce, getReady } from "./testing/crash.ts";
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

for (const verb of ["swap", "rollback"] as const) {
  for (const when of ["before", "after"] as const) {
    test(`a ${verb} killed ${when} each of its records ends in one of two states within 5 s`, async () => {
      const recoveries: string[] = [];
      const seen = new Set<string>();
      for (let at = 1; ; at++) {
        await getReady(it, verb);
        const ledger = new Ledger();
        const load = startLoad({
          gatewayPort: it.gatewayPort,
          host: "shop.localhost",
          readsPerSecond: 20,
          writesPerSecond: 20,
          ledger,
        });
        const recovery = await crashOnce(it, { verb, at, when }, 5_000);
        await load.stop();
        if (verb === "swap") {
          // A rollback in snapshot mode leaves writes behind by its nature; it has its own test with the ledger.
          const found = await httpReader({ port: it.gatewayPort, host: "shop.localhost" })();
          const verdict = verify(ledger.records, found, ledger.prefix);
          expect(verdict, `record ${at}`).toMatchObject({ lost: 0, doubled: 0, unexplained: 0 });
        }
        // A visitor of what a rollback left behind gets the app's own 404; nobody gets an error.
        const failures = Object.keys(load.report().failures).filter(
          (reason) => verb === "swap" || !reason.endsWith(": 404"),
        );
        expect(failures, `record ${at}`).toEqual([]);
        if (!recovery) break;
        seen.add(recovery.status);
        recoveries.push(`${at}: ${recovery.status} after ${Math.round(recovery.endedMs)} ms`);
      }
      console.log(`${verb}, killed ${when} record\n${recoveries.join("\n")}`);
      expect(recoveries.length).toBeGreaterThan(25);
      expect(seen).toEqual(new Set(["aborted", "succeeded"]));
    });
  }
}
