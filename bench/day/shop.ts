/** Getting the example shop to where a day can begin: 1.0.0 live, nothing waiting to be finished. */
import { join } from "node:path";
import { connections } from "#lib/config/open-home.ts";
import { idleSlot, type SlotName } from "#lib/engine/model.ts";
import { assembleShop } from "../../examples/shop/assemble.ts";
import type { Api } from "./api.ts";
import type { Installation } from "./installation.ts";

export const SHOP = { app: "shop", publicHost: "shop.localhost", stagingHost: "staging.shop.localhost" };

/** A deploy copies the release and starts it; a swap copies the data. */
export const RUN_MS = 180_000;

type Releases = Record<"1.0.0" | "1.1.0", string>;

/** Writes both releases into `folder`/<version>; returns where. */
export async function assembleReleases(folder: string): Promise<Releases> {
  const releases = { "1.0.0": join(folder, "1.0.0"), "1.1.0": join(folder, "1.1.0") };
  for (const version of ["1.0.0", "1.1.0"] as const) await assembleShop(version, releases[version]);
  return releases;
}

/** Makes the app where it is missing, waits for what is running, and deploys and publishes 1.0.0 if nothing is live. */
export async function ensureLive(api: Api, releases: Releases, say: (line: string) => void) {
  if (!(await api.apps()).includes(SHOP.app)) {
    say("making the app shop");
    const run = await api.init({
      name: SHOP.app,
      publicDomains: [SHOP.publicHost],
      stagingDomains: [SHOP.stagingHost],
      stagingAccess: "open",
    });
    await api.succeeded(run, RUN_MS);
  }
  const settled = async () => {
    const { activeRun } = await api.app(SHOP.app);
    if (activeRun) await api.ended(activeRun.id, RUN_MS);
    return api.app(SHOP.app);
  };
  const app = await settled();
  if (app.live !== null) return app;
  const slot = idleSlot(null);
  if (app.slots.find((one) => one.slot === slot)?.release == null) {
    say(`deploying shop 1.0.0 to ${slot}`);
    await deploy(api, releases["1.0.0"]);
  }
  say(`publishing ${SHOP.publicHost}`);
  const input = { domain: SHOP.publicHost, slot, audience: "public" };
  await api.succeeded(await api.act(SHOP.app, "publish", input), RUN_MS);
  return api.app(SHOP.app);
}

/** To the idle slot. */
export async function deploy(api: Api, folder: string) {
  const input = { source: { kind: "folder", path: folder } };
  return api.succeeded(await api.act(SHOP.app, "deploy", input), RUN_MS);
}

/** For a home that was used before: gives up the way back, and makes 1.0.0 live again. */
export async function backToFirstRelease(api: Api, releases: Releases, say: (line: string) => void) {
  const act = async (verb: "finish" | "swap") => api.succeeded(await api.act(SHOP.app, verb), RUN_MS);
  const app = await api.app(SHOP.app);
  if (app.slots.some((slot) => slot.dataState === "resting")) await act("finish");
  if (app.slots.find((slot) => slot.slot === app.live)?.release?.version === "1.0.0") return;
  say("this home was used before: making 1.0.0 live again");
  await deploy(api, releases["1.0.0"]);
  await act("swap");
  await act("finish");
}

/** Of a slot's database, as the server's administrator. */
export function databaseUrl({ home, environment }: Installation, slot: SlotName): string {
  const url = new URL(connections(home, environment).data);
  url.pathname = `/sb_${SHOP.app}_${slot}`;
  return url.href;
}
