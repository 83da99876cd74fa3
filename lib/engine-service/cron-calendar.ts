/** Writes the times of cron entries into the store as they come; JobService runs what is written there. */
import { randomUUID } from "node:crypto";
import { KEEPS_JOBS_WAITING } from "#lib/engine/plans/steps.ts";
import type { CronEntry, ReleaseFacts } from "#lib/engine/world.ts";
import type { Store, StoreTransaction } from "#lib/store/client.ts";
import { dueTime } from "./cron.ts";

export class CronCalendar {
  private readonly store: Store;
  private readonly firstSeen = new Map<string, Date>();

  constructor(store: Store) {
    this.store = store;
  }

  /** Writes down the times that have come. Each is one row, whichever engine comes to it. */
  async enterDue(): Promise<void> {
    const { store } = this;
    const apps = await store.app.findMany({
      where: { liveSlot: { not: null }, removedAt: null },
      include: { slots: { include: { release: true } } },
    });
    const now = new Date();
    for (const app of apps) {
      const live = app.slots.find((slot) => slot.name === app.liveSlot);
      const { cron } = (live?.release?.manifest ?? {}) as unknown as ReleaseFacts["manifest"];
      if (!live || live.paused || !cron || app.runtime !== "process") continue;
      if (await keptWaiting(store, app.id)) continue;
      for (const [name, entry] of Object.entries(cron)) await this.enter(app, name, entry, now);
    }
  }

  private async enter(
    app: { id: string; name: string },
    name: string,
    entry: CronEntry,
    now: Date,
  ): Promise<void> {
    const { store } = this;
    const key = `${app.name} ${name} ${entry.schedule}`;
    const last = await store.job.findFirst({
      where: { appId: app.id, name, kind: "cron", dueAt: { not: null } },
      orderBy: { dueAt: "desc" },
      select: { dueAt: true },
    });
    // An entry that never ran begins with the first time after it was seen.
    const seen = this.firstSeen.get(key) ?? now;
    this.firstSeen.set(key, seen);
    const due = dueTime(entry, last?.dueAt ?? seen, now);
    if (due === null) return;
    const before = await store.job.findFirst({
      where: { appId: app.id, name, kind: "cron", finishedAt: null },
      select: { dueAt: true },
    });
    const overlap = before && {
      status: "aborted" as const,
      finishedAt: now,
      error: `Left out: the one of ${before.dueAt?.toISOString() ?? "before"} was still running.`,
    };
    await store.job.createMany({
      data: {
        id: randomUUID(),
        appId: app.id,
        kind: "cron",
        name,
        command: entry.command,
        requestedBy: "cron",
        dueAt: due,
        ...overlap,
      },
      skipDuplicates: true,
    });
  }
}

/** Whether a run of the app is on that jobs wait for. */
export const keptWaiting = async (store: Store | StoreTransaction, appId: string): Promise<boolean> =>
  (await store.run.count({ where: { appId, finishedAt: null, kind: { in: KEEPS_JOBS_WAITING } } })) > 0;
