/** Removes the files of releases that were taken off the list by hand, or by a run that a crash cut short. */
import { messageOf } from "#lib/engine/retry.ts";
import type { World } from "#lib/engine/world.ts";
import type { Logger } from "#lib/observability/log.ts";
import type { Store } from "#lib/store/client.ts";
import { releasesOffTheList } from "#lib/store/release-shelf.ts";

/** No run of the app is on, and none begins before it resolves. */
export async function sweepReleases(store: Store, world: World, app: string, log: Logger): Promise<void> {
  const installed = (await world.runtime.installed?.(app)) ?? [];
  if (installed.length === 0) return;
  for (const id of await releasesOffTheList(store, app, installed)) {
    try {
      await world.runtime.uninstall(app, id);
      log.info({ app, release: id }, "removed the files of a release that was taken off the list");
    } catch (error) {
      // A process that should not run may have it still: reconciling stops that, and the next look comes.
      log.warn({ app, release: id, error: messageOf(error) }, "could not remove the files of a release");
    }
  }
}
