import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SlotRef } from "#lib/engine/model.ts";
import type { DataDriver } from "#lib/engine/ports.ts";
import { type DataHarness, describeDataDriver } from "./contract.ts";
import { type FilesLab, startFilesLab } from "./files/testing.ts";

for (const mode of ["follow", "copy"] as const) describeDataDriver(`files, ${mode}`, () => harness(mode));

async function harness(mode: "follow" | "copy"): Promise<DataHarness> {
  const labs = new Map<string, FilesLab>();
  const of = ({ app }: SlotRef) => labs.get(app)!;
  // A driver is of one app here, and the contract asks one of many.
  const first = await startFilesLab(mode);
  const all = new Proxy(first.driver, {
    get(driver, key: keyof DataDriver) {
      if (typeof driver[key] !== "function") return driver[key];
      return (slot: SlotRef, ...rest: unknown[]) =>
        (of(slot).driver[key] as (...all: unknown[]) => unknown)(slot, ...rest);
    },
  });
  return {
    driver: all,
    async slots() {
      const lab = await startFilesLab(mode);
      labs.set(lab.blue.app, lab);
      return lab;
    },
    async writer(slot) {
      const lab = of(slot);
      return {
        write: async (name, value) =>
          void (await lab.asApp(slot, 'printf %s "$2" > ".$1" && mv ".$1" "$1"', name, value)),
        remove: async (name) => void (await lab.asApp(slot, 'rm "$1"', name)),
      };
    },
    async records(slot) {
      const path = of(slot).path(slot);
      const found: Record<string, string> = {};
      for (const name of await readdir(path)) found[name] = await readFile(join(path, name), "utf8");
      return found;
    },
    fill: async (slot, count) =>
      void (await of(slot).asApp(
        slot,
        'n=0; while [ $n -lt "$1" ]; do echo "$n of many" > "filled $n"; n=$((n+1)); done',
        String(count),
      )),
    many: 2_000,
    async stop() {
      for (const lab of [first, ...labs.values()]) await lab.stop();
    },
  };
}
