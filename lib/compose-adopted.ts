/** Drivers of the apps that were adopted: what runs is somebody else's, and so is the database, on its own server. */
import { type AdoptedDatabase, type Adoption, adoptionSeal, readAdoption } from "#lib/config/adoption.ts";
import type { Home } from "#lib/config/home.ts";
import { readKeyRing, unseal } from "#lib/config/seal.ts";
import { checkDatabases } from "#lib/drivers/data/postgres/adopt-check.ts";
import { adoptedNames } from "#lib/drivers/data/postgres/names.ts";
import { createPostgresData, openDataServer } from "#lib/drivers/data/postgres.ts";
import { probeOrigin } from "#lib/drivers/runtime/external/probe.ts";
import { createExternalRuntime } from "#lib/drivers/runtime/external.ts";
import type { AdoptionDesk } from "#lib/engine/adoption.ts";
import type { SlotRef } from "#lib/engine/model.ts";
import { type DataDriver, Refusal, type RuntimeDriver } from "#lib/engine/ports.ts";
import type { Store } from "#lib/store/client.ts";

export interface AdoptedApp {
  runtime: RuntimeDriver;
  data(catalog: Pick<Parameters<typeof createPostgresData>[0], "exclude">): DataDriver[];
}

interface Options {
  home: Home;
  store: Store;
  passwordFor(role: string): string;
}

export function adoptedApps({ home, store, passwordFor }: Options) {
  /** One per administrator's connection string: apps of one server share its sessions. */
  const servers = new Map<string, ReturnType<typeof openDataServer>>();
  const open = (app: string, sealed: string) => unseal(readKeyRing(home), sealed, adoptionSeal(app));
  const serverOf = (adminUrl: string) => {
    const server = servers.get(adminUrl) ?? openDataServer(adminUrl);
    servers.set(adminUrl, server);
    return server;
  };

  function postgres(
    app: string,
    data: NonNullable<Adoption["data"]>,
    exclude: (app: string) => string[],
  ): DataDriver {
    const databases: Record<SlotRef["slot"], AdoptedDatabase | null> = data;
    return createPostgresData({
      server: serverOf(open(app, data.admin)),
      passwordFor,
      exclude,
      envName: () => data.env,
      adopted: (slot: SlotRef) => {
        const found = databases[slot.slot];
        return found && { names: adoptedNames(found, slot), url: open(app, found.url) };
      },
    });
  }

  /** Null for an app that Signalbox starts itself. */
  async function find(app: string): Promise<AdoptedApp | null> {
    const row = await store.app.findUnique({
      where: { name: app },
      select: { runtime: true, adoption: true },
    });
    const adoption = row?.runtime === "external" ? readAdoption(row.adoption) : null;
    if (adoption === null) return row?.runtime === "external" ? gone() : null;
    return {
      runtime: createExternalRuntime({ origins: adoption.origins }),
      data: ({ exclude }) => (adoption.data === null ? [] : [postgres(app, adoption.data, exclude)]),
    };
  }

  const desk: AdoptionDesk = {
    probe: probeOrigin,
    check: checkDatabases,
    async connection(slot, as) {
      const found = await find(slot.app);
      const drivers = found?.data({ exclude: () => [] }) ?? [];
      if (drivers.length === 0) {
        throw new Refusal(
          "no-data",
          `${slot.app} has no database in Signalbox.`,
          "Its versions connect to whatever they connect to.",
        );
      }
      const all = await Promise.all(drivers.map((driver) => driver.env(slot, as)));
      return all.flatMap((env) => Object.entries(env).map(([name, url]) => ({ name, url })));
    },
  };

  return {
    find,
    desk,
    async dispose() {
      await Promise.all([...servers.values()].map((server) => server.dispose()));
    },
  };
}

/** Of an app that was removed: nothing is left to be driven. */
const gone = (): AdoptedApp => ({ runtime: createExternalRuntime({ origins: {} }), data: () => [] });
