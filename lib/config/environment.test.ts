import { join } from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY, readEnvironment } from "./environment.ts";

test("an empty environment means the repository's own home", () => {
  expect(readEnvironment({ SIGNALBOX_PORT: "" })).toMatchObject({
    home: join(REPOSITORY, ".signalbox"),
    maintenance: join(REPOSITORY, "maintenance"),
    port: null,
    host: "127.0.0.1",
    dashboardHosts: ["localhost", "127.0.0.1"],
    databaseUrl: null,
    stopWithParent: false,
  });
});

test("a home of one's own has its maintenance folder inside", () => {
  const { home, maintenance } = readEnvironment({ SIGNALBOX_HOME: "/srv/box" });
  expect([home, maintenance]).toEqual(["/srv/box", "/srv/box/maintenance"]);
});

test("every wrong variable is named, and no value is repeated", () => {
  const wrong = { SIGNALBOX_PORT: "99999", DATABASE_URL: "mysql://root:hunter2@db/x" };
  expect(() => readEnvironment(wrong)).toThrow(/SIGNALBOX_PORT.*DATABASE_URL: a URL beginning/s);
  expect(() => readEnvironment(wrong)).not.toThrow(/hunter2/);
});

test("trusted proxies are this machine, or those that are named, or none", () => {
  const trusted = (value?: string) => readEnvironment({ SIGNALBOX_TRUSTED_PROXIES: value }).trustedProxies;
  expect(trusted()).toEqual(["127.0.0.0/8", "::1/128"]);
  expect(trusted("10.0.0.0/8, 2001:db8::1")).toEqual(["10.0.0.0/8", "2001:db8::1"]);
  expect(trusted("none")).toEqual([]);
  for (const wrong of ["10.0.0.0/33", "proxy.test", "10.0.0.1,"]) expect(() => trusted(wrong)).toThrow();
});
