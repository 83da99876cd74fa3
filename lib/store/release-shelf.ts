/** An app's installed releases, as the engine needs them. */
import { Refusal } from "#lib/engine/ports.ts";
import type { ReleaseFacts, ReleaseShelf } from "#lib/engine/world.ts";
import type { Store } from "./client.ts";

export function releaseShelf(store: Store): ReleaseShelf {
  return {
    async get(app, id) {
      const release = await store.release.findFirst({ where: { id, app: { name: app } } });
      if (!release) {
        throw new Refusal(
          "release-gone",
          `${app} has no release ${id} any more.`,
          "Choose one from the list of releases, or deploy from its source.",
        );
      }
      const { version, dir } = release;
      return { id, version, dir, manifest: release.manifest as unknown as ReleaseFacts["manifest"] };
    },

    async remove(app, id) {
      await store.release.deleteMany({ where: { id, app: { name: app }, slots: { none: {} } } });
    },
  };
}

/** Ids that files may be kept for: releases on the list, and runs that may yet become one. */
export async function knownReleases(store: Store, app: string): Promise<Set<string>> {
  const [releases, runs] = await Promise.all([
    store.release.findMany({ where: { app: { name: app } }, select: { id: true } }),
    store.run.findMany({ where: { app: { name: app }, finishedAt: null }, select: { id: true } }),
  ]);
  return new Set([...releases, ...runs].map(({ id }) => id));
}
