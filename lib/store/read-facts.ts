/** What a plan is built from, read from the store when a run is claimed for the first time. */
import { appSettings } from "#lib/config/app-settings.ts";
import { type FedForecast, forecastFed, forecastWindow, type LastCopy } from "#lib/engine/forecast.ts";
import type { SlotName } from "#lib/engine/model.ts";
import type { Facts, ReleaseFacts, SlotFacts } from "#lib/engine/world.ts";
import type { Store } from "./client.ts";

export type RunFacts = Facts & { domains: { host: string; audience: "public" | "staging" }[] };

export async function readFacts(store: Store, appName: string): Promise<RunFacts> {
  const app = await store.app.findUniqueOrThrow({
    where: { name: appName },
    include: {
      slots: { include: { release: true } },
      domains: true,
      wayBack: true,
      releases: { orderBy: { createdAt: "desc" }, select: { id: true, version: true, bytes: true } },
    },
  });
  const slot = (name: SlotName): SlotFacts => {
    const row = app.slots.find((other) => other.name === name);
    if (!row) throw new Error(`${appName} has no slot ${name}.`);
    const { release } = row;
    return {
      release: release && {
        id: release.id,
        version: release.version,
        dir: release.dir,
        manifest: release.manifest as unknown as ReleaseFacts["manifest"],
      },
      dataState: row.dataState,
      paused: row.paused,
      fed: row.fed,
      preview: row.previewAt !== null,
      port: row.port,
      servedBy: row.servedBy,
    };
  };
  const live = app.slots.find((row) => row.name === app.liveSlot);
  const liveBytes = (live?.observed as { data?: { bytes?: number } | null } | null)?.data?.bytes ?? null;
  const { wayBack } = app;
  return {
    app: appName,
    live: app.liveSlot,
    slots: { blue: slot("blue"), green: slot("green") },
    domains: app.domains.map(({ host, audience }) => ({ host, audience })),
    tuning: appSettings(app.settings),
    forecast: forecastWindow(await lastCopy(store, app.id), liveBytes),
    fedForecast: await fedForecast(store, app.id),
    announcedLoss: wayBack && wayBack.inserted + wayBack.changed + wayBack.deleted,
    releases: app.releases.map(({ id, version, bytes }) => ({
      id,
      version,
      bytes: bytes === null ? null : Number(bytes),
    })),
  };
}

/** Size and duration of the newest full copy of an app's data, and what the newest swap took beside its own. */
export async function lastCopy(store: Store, appId: string): Promise<(LastCopy & { run: string }) | null> {
  const [row] = await store.$queryRaw<(LastCopy & { run: string })[]>`
    WITH copies AS (
      SELECT run.id AS run, run.kind, run.finished_at, (run.receipt->>'windowMs')::float AS window_ms,
        (step.detail->>'bytes')::float AS bytes, (step.detail->>'ms')::float AS ms
      FROM run JOIN run_step step ON step.run_id = run.id
      WHERE run.app_id = ${appId} AND run.status = 'succeeded' AND step.name LIKE 'copy % to %'
        AND step.detail ? 'bytes' AND step.detail ? 'ms'
    )
    SELECT run, bytes, ms, (
      SELECT greatest(0, window_ms - ms) FROM copies WHERE window_ms IS NOT NULL ORDER BY finished_at DESC LIMIT 1
    ) AS "fixedMs"
    FROM copies ORDER BY finished_at DESC LIMIT 1`;
  return row ?? null;
}

/** An older switch says less about the next one than a newer. */
const LAST_SWITCHES = 5;

/** How long the window of a switch by a feed will be, from the app's last swaps and rollbacks of that kind. */
export async function fedForecast(store: Store, appId: string): Promise<FedForecast | null> {
  const rows = await store.$queryRaw<{ ms: number }[]>`
    SELECT (receipt->>'windowMs')::float AS ms FROM run
     WHERE app_id = ${appId} AND status = 'succeeded' AND kind IN ('swap', 'rollback')
       AND receipt->'feed'->'ms' IS NOT NULL AND receipt->>'windowMs' IS NOT NULL
     ORDER BY finished_at DESC LIMIT ${LAST_SWITCHES}`;
  return forecastFed(rows.map(({ ms }) => ms));
}
