/** For tests: what a swap does to the feeds of two slots, without the rest of it. */
import { expect } from "vitest";
import type { SlotRef } from "#lib/engine/model.ts";
import type { FeedState, Feeds } from "#lib/engine/ports.ts";
import { type LabOptions, SERVERS, type SlotLab } from "../../testing.ts";

export const never = new AbortController().signal;
export const how = (token = 1) => ({ token, onProgress() {}, signal: never });
export const soon = { timeoutMs: 60_000, signal: never };

const [newest, oldest] = SERVERS;

/** Each server that must work, with both slots on it. */
export const SERVER_PLACES: { title: string; missing: boolean; lab: LabOptions }[] = SERVERS.map(
  ({ title, binDir, missing }) => ({ title, missing, lab: { binDir } }),
);

/** Blue on the oldest and green on the newest. */
export const TWO_SERVERS = {
  title: `${oldest!.title} and ${newest!.title}`,
  missing: oldest!.missing,
  lab: { binDir: oldest!.binDir, green: { binDir: newest!.binDir } } satisfies LabOptions,
};

export const fence = (lab: SlotLab, slot: SlotRef, token: number, deadlineMs = 50_000) =>
  lab.driver.fence(slot, { token, deadlineMs, signal: never });

/** `from` was live, and `to` is now. */
export async function switchOver(lab: SlotLab, from: SlotRef, to: SlotRef, token: number): Promise<void> {
  const feeds = lab.driver.feeds!;
  expect(await readyToTurn(feeds, from, to, token)).toEqual([]);
  await throughCommit(lab, from, to, token);
  await lab.driver.unfence(to, { token });
  await feeds.start(to, from, { token });
}

/** Up to where a crash no longer takes the swap back. */
export async function throughCommit(lab: SlotLab, from: SlotRef, to: SlotRef, token: number): Promise<void> {
  const feeds = lab.driver.feeds!;
  const held = await fence(lab, from, token);
  await feeds.settle(from, to, soon);
  await feeds.carrySequences(from, to, { token });
  expect(await feeds.schemaChanges(from, to)).toEqual([]);
  await feeds.turn(from, to, { token });
  await held.makeDurable();
}

/** On a busy machine a feed may be further behind than would do for a swap. */
async function readyToTurn(feeds: Feeds, from: SlotRef, to: SlotRef, token: number) {
  await feeds.settle(from, to, soon);
  return await feeds.beforeTurn(from, to, { token });
}

export const stateOf = (lab: SlotLab, from: SlotRef, to: SlotRef) => async (): Promise<FeedState> =>
  (await lab.driver.feeds!.status(from, to)).state;

export const tend = (lab: SlotLab, { app, slot }: SlotRef, token: number) =>
  lab.driver.tend!({
    app,
    token,
    clones: [],
    feed: { from: slot, stream: true, exact: true },
    signal: never,
  });
