/** An app of its own for a test file: the example shop under another name and on domains of its own. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Api } from "#bench/day/api.ts";
import { RUN_MS } from "#bench/day/shop.ts";
import type { Verb } from "#lib/engine/model.ts";
import { assembleShop, type ShopVersion } from "../examples/shop/assemble.ts";
import { site } from "./installation.ts";

export interface ShopApp {
  name: string;
  publicHost: string;
  stagingHost: string;
  /** Folder of a release that can be deployed. */
  release(version: ShopVersion): Promise<string>;
  /** Runs a verb to its good end; resolves with the run's id. */
  act(verb: Verb, input?: Record<string, unknown>): Promise<string>;
}

export interface ShopOptions {
  stagingAccess?: "open" | "testers";
  /** Deployed beside 1.0.0, which is live. */
  idle?: ShopVersion;
}

/** Made, 1.0.0 deployed to blue and published. The name gets an ending that makes it the only one of its kind. */
export async function makeShop(api: Api, kind: string, options: ShopOptions = {}): Promise<ShopApp> {
  const name = `${kind}-${randomBytes(2).toString("hex")}`;
  const shop: ShopApp = {
    name,
    publicHost: `${name}.localhost`,
    stagingHost: `staging.${name}.localhost`,
    release: (version) => assembled(name, version),
    async act(verb, input = {}) {
      const id = await api.act(name, verb, input);
      await api.succeeded(id, RUN_MS);
      return id;
    },
  };
  const { stagingAccess = "open", idle } = options;
  const { publicHost, stagingHost } = shop;
  const made = await api.init({
    name,
    publicDomains: [publicHost],
    stagingDomains: [stagingHost],
    stagingAccess,
  });
  await api.succeeded(made, RUN_MS);
  const deploy = async (version: ShopVersion) =>
    shop.act("deploy", { source: { kind: "folder", path: await shop.release(version) } });
  await deploy("1.0.0");
  await shop.act("publish", { domain: publicHost, slot: "blue", audience: "public" });
  if (idle) await deploy(idle);
  return shop;
}

/** A release's manifest must have its app's name. */
async function assembled(app: string, version: ShopVersion): Promise<string> {
  const folder = join(site.home, "e2e", app, version);
  if (existsSync(folder)) return folder;
  await assembleShop(version, folder);
  const manifest = join(folder, "signalbox.yaml");
  const text = await readFile(manifest, "utf8");
  await writeFile(manifest, text.replace("name: shop\n", `name: ${app}\n`));
  return folder;
}
