/** A Signalbox of its own with the example shop live on as much data as asked for, and the new release waiting. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHome } from "#lib/config/open-home.ts";
import { removeHome } from "#lib/config/prepare-home.ts";
import { freePort } from "#lib/store/postgres-server.ts";
import { type Api, openApi } from "../day/api.ts";
import { type Installation, startInstallation } from "../day/installation.ts";
import { mintKeys } from "../day/keys.ts";
import { assembleReleases, databaseUrl, ensureLive } from "../day/shop.ts";
import { type Act, actsOn } from "./acts.ts";
import { fillShop } from "./fill.ts";
import { showSize } from "./size.ts";

const LOOK_MS = 250;
const PROMPT_LOOK_MS = 20;
/** One progress line per this many bytes. */
const FILL_STEP = 128 * 1024 ** 2;

export interface Stage {
  installation: Installation;
  api: Api;
  /** Looks often, for when every moment counts. */
  prompt: Api;
  act: Act;
  /** Of the tables, with their indexes. */
  bytes: number;
}

/**
 * Hands `use` a stage on `bytes` of data; whatever becomes of it, nothing of it runs or is left afterwards. `signal`
 * ends a start that is under way.
 */
export async function onStage<T>(
  { bytes, say, signal }: { bytes: number; say(line: string): void; signal: AbortSignal },
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "signalbox-swap-"));
  let installation: Installation | null = null;
  try {
    say("starting an installation");
    installation = await startInstallation({ home: dir, port: await freePort(), say, signal });
    const { apiToken } = await mintKeys(installation, "bench");
    const api = openApi(installation.gatewayPort, apiToken, { lookMs: LOOK_MS });
    const prompt = openApi(installation.gatewayPort, apiToken, { lookMs: PROMPT_LOOK_MS });
    const releases = await assembleReleases(join(dir, "shop"));
    const act = actsOn(api, releases["1.1.0"]);
    const { live } = await ensureLive(api, releases, say);
    if (live === null) throw new Error("nothing is live");
    let told = 0;
    const filled = await fillShop(
      databaseUrl(installation, live),
      bytes,
      { release: "1.0.0", slot: live },
      (now) => {
        signal.throwIfAborted();
        if (now - told >= FILL_STEP) say(`filled ${showSize(now)}`);
        told = now - told >= FILL_STEP ? now : told;
      },
    );
    say(`${showSize(filled)} of data; deploying shop 1.1.0 to the idle slot`);
    await act("deploy");
    return await use({ installation, api, prompt, act, bytes: filled });
  } finally {
    await installation?.stop();
    await removeHome(openHome({ home: dir, maintenance: join(dir, "maintenance") }));
  }
}
