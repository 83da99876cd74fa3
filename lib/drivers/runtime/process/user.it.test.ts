import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { APP, appFolder, ask, healthy, spec } from "../contract/harness.ts";
import { createProcessRuntime } from "../process.ts";
import { slotPaths } from "./paths.ts";
import { removeHome, temporaryHome } from "./testing.ts";
import { osUserName } from "./user.ts";

const run = promisify(execFile);

describe.runIf(process.getuid?.() === 0)("runtime process as root", () => {
  test("an app runs as an OS user of its own, in files that it can't change", async () => {
    const home = await temporaryHome();
    const driver = await createProcessRuntime({ home });
    const path = await appFolder({
      "signalbox.yaml": `name: ${APP}\nversion: "1"\nprocesses: { web: node web.ts }\nbuild: umask 077; id -un > who\n`,
    });
    const source = { kind: "folder" as const, path };
    const request = { app: APP, source, onLog: () => {}, signal: new AbortController().signal };
    try {
      const { dir } = await driver.install({ ...request, releaseId: "r1" });
      expect((await readFile(join(dir, "who"), "utf8")).trim()).toBe(osUserName(APP));
      const slot = await spec(driver, { release: { id: "r1", version: "1", dir } });
      await driver.start(slot);
      await healthy(driver, slot);
      const { uid } = JSON.parse(await ask(slot.ports.web!, "/id"));
      expect(uid).not.toBe(0);
      const once = (command: string) =>
        driver.runOnce(slot, command, { onLog: () => {}, signal: request.signal, timeoutMs: 30_000 });
      await once("cat who && touch $HOME/mine");
      await expect(once("echo changed >> who")).rejects.toThrow("exit code");
      await expect(once("touch new")).rejects.toThrow("exit code");
      await expect(once(`cat ${slotPaths(home, slot).state}/web.desired.json`)).rejects.toThrow("exit code");
    } finally {
      await driver.dispose();
      await removeHome(home);
      await rm(path, { recursive: true });
      await run("userdel", [osUserName(APP)]);
    }
  });
});
