/** For tests: a home in a temporary folder and contexts on a real store. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Home, homePaths } from "#lib/config/home.ts";
import type { AppState } from "#lib/engine/permit.ts";
import type { Store } from "#lib/store/client.ts";
import type { OperationContext } from "../context.ts";
import type { Role } from "../role.ts";

export const TEST_SECRET = "5".repeat(64);

export interface TestHome {
  home: Home;
  remove(): void;
}

export function makeTestHome(): TestHome {
  const dir = mkdtempSync(join(tmpdir(), "signalbox-operations-"));
  const home: Home = { dir, root: dir, maintenance: join(dir, "maintenance") };
  const paths = homePaths(home);
  mkdirSync(paths.run, { recursive: true });
  mkdirSync(home.maintenance);
  const ports = { gateway: 8080, web: 1, store: 2, data: 3, slotBase: 20_000 };
  writeFileSync(paths.ports, JSON.stringify(ports));
  writeFileSync(paths.secretKey, TEST_SECRET);
  return { home, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export function contextAs(store: Store, home: Home, role: Role, name: string = role): OperationContext {
  return {
    store,
    home,
    dashboardHosts: ["localhost", "127.0.0.1"],
    site: { scheme: "http", port: 8080 },
    actor: { kind: "user", id: `id-of-${name}`, name, role },
  };
}

let serial = 0;

/** An app in that state, as if the engine had brought it there. Hosts get the app's name in front. */
export async function seedApp(store: Store, state: AppState): Promise<string> {
  serial += 1;
  const name = `app-${serial}`;
  const id = `id-${name}`;
  await store.app.create({
    data: {
      id,
      name,
      liveSlot: state.live,
      domains: {
        create: state.domains.map(({ host, audience }) => ({ host: `${name}.${host}`, audience })),
      },
    },
  });
  for (const slot of ["blue", "green"] as const) {
    const { version, follows, dataState, paused, fed, preview } = state.slots[slot];
    const releaseId = version === null ? null : `${id}-${slot}`;
    if (releaseId !== null) {
      const manifest = { name, version, ...(follows && { follows }) };
      const dir = `/releases/${releaseId}`;
      await store.release.create({
        data: { id: releaseId, appId: id, version: version!, manifest, dir, createdBy: "a test" },
      });
    }
    await store.slot.create({
      data: {
        appId: id,
        name: slot,
        port: 21_000 + serial * 2 + (slot === "blue" ? 0 : 1),
        dataState,
        paused,
        fed: fed ?? false,
        previewAt: preview ? new Date() : null,
        releaseId,
      },
    });
  }
  return name;
}

/** What the engine does at the end of a run. */
export async function endRun(
  store: Store,
  id: string,
  status: "succeeded" | "failed" | "aborted" = "succeeded",
): Promise<void> {
  const now = new Date();
  await store.$transaction(async (tx) => {
    await tx.run.update({ where: { id }, data: { status, startedAt: now, finishedAt: now } });
    const { _max } = await tx.runEvent.aggregate({ where: { runId: id }, _max: { seq: true } });
    await tx.runEvent.create({
      data: { runId: id, seq: (_max.seq ?? 0) + 1, type: "finished", data: { status } },
    });
    await tx.$executeRaw`SELECT pg_notify('signalbox_events', ${id})`;
  });
}
