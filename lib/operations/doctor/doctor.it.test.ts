import { mkdir, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readEnvironment } from "#lib/config/environment.ts";
import { appMaintenance } from "#lib/config/home.ts";
import { openHome } from "#lib/config/open-home.ts";
import { type Installation, startInstallation, until } from "#lib/engine-service/testing/installation.ts";
import { livingEngines } from "../read/engine-call.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { examine } from "./doctor.ts";

let installation: Installation;

beforeAll(async () => {
  installation = await startInstallation();
  installation.startEngine();
  await installation.startGateway();
  await until(() => livingEngines(installation.home).length > 0, "the engine answers");
});
afterAll(async () => {
  await installation?.stop();
});

const look = async (variables: Record<string, string> = {}) => {
  const { home, storeUrl, dataCluster, gatewayPort } = installation;
  const environment = readEnvironment({
    SIGNALBOX_HOME: home.dir,
    SIGNALBOX_PORT: String(gatewayPort),
    DATABASE_URL: storeUrl,
    SIGNALBOX_DATA_URL: dataCluster.adminUrl,
    ...variables,
  });
  const found = await examine(environment, openHome(environment));
  return (name: string): Diagnosis | undefined => found.find((one) => one.name === name);
};

test("finds what works and says what does not, part by part", async () => {
  const found = await look();
  for (const name of [
    "secret key",
    "seal keys",
    "store",
    "store's migrations",
    "slots' data",
    "engine at work",
    "gateway",
  ]) {
    expect(found(name), name).toMatchObject({ state: "ok", remedy: null });
  }
  // Nothing supervises here, and there is no web process.
  expect(found("supervisor")).toMatchObject({ state: "warn" });
  expect(found("dashboard")).toMatchObject({ state: "fail", remedy: expect.any(String) });
});

test("a database that is away fails by itself, without its password in the words", async () => {
  const url = "postgresql://postgres:very-secret@127.0.0.1:1/x";
  const found = await look({ DATABASE_URL: url });
  expect(found("store")).toMatchObject({ state: "fail" });
  expect(JSON.stringify(found("store"))).not.toContain("very-secret");
  expect(found("slots' data")).toMatchObject({ state: "ok" });
});

test("a gate that was closed by hand and an engine that is gone are named", async () => {
  await mkdir(appMaintenance(installation.home, "shop"), { recursive: true });
  await writeFile(`${installation.home.maintenance}/enabled.lock`, "");
  await installation.killEngines();
  const found = await look();
  expect(found("lock of every app")).toMatchObject({
    state: "warn",
    what: expect.stringContaining("by hand"),
  });
  expect(found("engine at work")).toMatchObject({ state: "fail" });
});
