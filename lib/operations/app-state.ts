/** The app as the interlocking (lib/engine/permit.ts) sees it, from the store. */
import type { SlotName } from "#lib/engine/model.ts";
import type { AppState, SlotState } from "#lib/engine/permit.ts";
import type { Prisma } from "#lib/store/generated/client.ts";

export const appStateInclude = {
  slots: { include: { release: true } },
  domains: true,
} satisfies Prisma.AppInclude;

export type AppWithState = Prisma.AppGetPayload<{ include: typeof appStateInclude }>;

export function appState(app: AppWithState): AppState {
  const slot = (name: SlotName): SlotState => {
    const row = app.slots.find((candidate) => candidate.name === name);
    return {
      version: row?.release?.version ?? null,
      follows: followsOf(row?.release?.manifest),
      dataState: row?.dataState ?? "empty",
      paused: row?.paused ?? false,
      fed: row?.fed ?? false,
      preview: (row?.previewAt ?? null) !== null,
    };
  };
  return {
    live: app.liveSlot,
    ...(app.runtime === "external" && { external: true }),
    slots: { blue: slot("blue"), green: slot("green") },
    domains: app.domains.map(({ host, audience }) => ({ host, audience })),
  };
}

/** An app whose first run did not succeed: nothing was provisioned, so it may be asked for again. */
export const isUnprovisioned = ({ slots }: AppState): boolean =>
  Object.values(slots).every((slot) => slot.dataState === "empty" && slot.version === null);

/** Read leniently: an older Signalbox may have stored a manifest that today's schema refuses. */
function followsOf(manifest: unknown): string[] | undefined {
  const follows = (manifest as { follows?: unknown } | null)?.follows;
  return Array.isArray(follows) ? follows.filter((entry) => typeof entry === "string") : undefined;
}
