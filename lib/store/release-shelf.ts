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

/**
 * Of releases whose files are there, those that were taken off the list. One whose run the store does not know either is
 * not among them: a store that was restored from a backup may be followed by a newer one, which knows it again.
 */
export async function releasesOffTheList(store: Store, app: string, ids: string[]): Promise<string[]> {
  const [listed, ended] = await Promise.all([
    store.release.findMany({ where: { id: { in: ids } }, select: { id: true } }),
    store.run.findMany({
      where: { id: { in: ids }, app: { name: app }, finishedAt: { not: null } },
      select: { id: true },
    }),
  ]);
  const kept = new Set(listed.map(({ id }) => id));
  return ended.map(({ id }) => id).filter((id) => !kept.has(id));
}
