/**
 * Data driver `files`: named folders of an app, one per slot or one for both. How they are fenced and followed, and
 * why so: docs/decisions/files-fence.md.
 */
import { otherSlot, SLOT_NAMES, type SlotName, type SlotRef } from "#lib/engine/model.ts";
import {
  type DataDriver,
  type Difference,
  type DifferentRow,
  type FencingToken,
  Refusal,
  type Tending,
} from "#lib/engine/ports.ts";
import { clonePath, fileClones, sweepFolders } from "./files/clone.ts";
import { closeFolders, loosen, openFolders, readyToClose, settle } from "./files/closing.ts";
import { copyFolders, refuseFull, summary } from "./files/copy.ts";
import { newTally, type Tally } from "./files/mirror.ts";
import { everythingClosed } from "./files/open-files.ts";
import type { Folder, Place } from "./files/places.ts";
import { lookAhead } from "./files/preflight.ts";
import type { AppFiles, FileStore } from "./files/store.ts";
import { differ, sizeOf } from "./files/survey.ts";
import { shown } from "./files/tree.ts";

export interface FilesDataOptions {
  app: string;
  store: FileStore;
  /** The slot's own folder, and the OS user that its files belong to. */
  place(slot: SlotRef): Promise<Place>;
  /** As the app's manifests say now. */
  folders(): Folder[];
}

/** What changed this recently is left alone between runs: an upload that is being written changes again. */
const REST_MS = 300;
/** Without watches everything must be looked at, so seldom. */
const BLIND_MS = 60_000;
/** A size is measured again after so many times as long as it took, within these bounds. */
const MEASURE_REST = 50;
const [MEASURE_MIN_MS, MEASURE_MAX_MS] = [10_000, 600_000];

export function createFilesData(options: FilesDataOptions): DataDriver {
  const { app } = options;
  const files: AppFiles = options.store.of(app);
  const own = () => options.folders().filter(({ mode }) => mode !== "shared");
  const placeOf = async (slot: SlotName) => options.place({ app, slot });
  const provisioned = async (slot: SlotName) => {
    const place = await placeOf(slot);
    place.provision(options.folders());
    return place;
  };
  const both = async () => ({ blue: await provisioned("blue"), green: await provisioned("green") });

  /** One of the folders after the other, behind the guard of the token. */
  const carry = async (
    from: SlotName,
    token: FencingToken,
    how: { exact: boolean; signal: AbortSignal; tally: Tally; restMs?: number; onProgress?(): void },
    folders = own(),
  ): Promise<boolean> => {
    const places = await both();
    const target = places[otherSlot(from)];
    target.assert(token);
    let settled = true;
    for (const folder of folders) {
      const pair = files.pair(folder, places);
      const { readonly } = target.state();
      const guard = () => target.assert(token);
      const done = pair.carry({ ...how, from, readonly, guard }, files.echo(places.blue));
      settled = (await done.catch((error) => refuseFull(error, folder.name, otherSlot(from)))) && settled;
    }
    return settled;
  };

  return {
    name: "files",
    get capabilities() {
      return {
        snapshot: true,
        stream: false,
        fence: true,
        difference: true,
        holdsWriters: false,
        atomicCopy: false,
        follows: own().every(({ mode }) => mode === "follow"),
        feedsBack: true,
      };
    },

    async provision(slot) {
      await provisioned(slot.slot);
    },

    async env(slot, as) {
      const place = await provisioned(slot.slot);
      const path = (folder: Folder) => (as === "preview" ? clonePath(place, folder) : place.path(folder));
      return Object.fromEntries(options.folders().map((folder) => [folder.env, path(folder)]));
    },

    clones: fileClones({ files, provisioned, folders: options.folders }),

    async afterRelease() {},

    async describe(slot) {
      const place = await provisioned(slot.slot);
      return files.measured(slot.slot, [MEASURE_REST, MEASURE_MIN_MS, MEASURE_MAX_MS], async () => {
        const tables = [];
        for (const folder of options.folders()) {
          const { files: rows, bytes } = await sizeOf(place.path(folder));
          tables.push({ table: folder.name, rows, bytes, key: ["path"] });
        }
        return {
          server: "folders on this machine",
          bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
          tables,
        };
      });
    },

    async preflight(from, to) {
      const places = await both();
      return lookAhead(own(), places[from.slot], places[to.slot]);
    },

    copy: (from, to, { token, onProgress, signal }) =>
      files.take(async () => {
        const places = await both();
        const target = places[to.slot];
        await target.claim(token);
        files.unmeasure(to.slot);
        return copyFolders({
          folders: own(),
          target,
          pair: (folder) => files.pair(folder, places),
          paths: (folder) => [places[from.slot].path(folder), target.path(folder)],
          carry: (folder, how) => carry(from.slot, token, how, [folder]),
          onProgress,
          signal,
        });
      }),

    async prepare(from, to, { token, again = false, signal, onProgress }) {
      return files.take(async () => {
        const places = await both();
        const target = places[to.slot];
        const tally = newTally();
        if (!again) {
          for (const slot of SLOT_NAMES) await places[slot].claim(token);
          await loosen(target, own());
          for (const folder of own()) files.pair(folder, places).forget();
        }
        const exact = target.state().fenced;
        await carry(from.slot, token, {
          exact,
          signal,
          tally,
          onProgress: () => onProgress({ files: tally.files, bytes: tally.bytes }),
        });
        // Counted here, in the window only what changed since is.
        for (const folder of own()) await files.pair(folder, places).watchedCounts();
        return summary(tally);
      });
    },

    readyFence: (slot, { token }) =>
      files.take(async () => readyToClose(await provisioned(slot.slot), token)),

    async fence(slot, { token, deadlineMs }) {
      const endsAt = performance.now() + deadlineMs;
      const place = await provisioned(slot.slot);
      const turn = await files.take(async () => {
        await place.claim(token);
        return files.newTurn(slot.slot);
      });
      let over = false;
      const alive = () =>
        !over &&
        performance.now() < endsAt &&
        files.turn(slot.slot) === turn &&
        place.state().token === token;
      return {
        alive: async () => alive(),
        async makeDurable() {
          await files.take(async () => {
            if (!alive()) throw new Error("the fence was lost before it could be made durable");
            over = true;
            await closeFolders(place, own());
          });
        },
        async release() {
          over = true;
        },
      };
    },

    async fenced(slot) {
      return (await provisioned(slot.slot)).fenced();
    },

    unfence: (slot, { token }) =>
      files.take(async () => {
        const place = await provisioned(slot.slot);
        await place.claim(token);
        files.newTurn(slot.slot);
        await openFolders(place, own());
      }),

    catchUp: (from, _to, { token, signal }) =>
      files.take(async () => {
        await everythingClosed(await placeOf(from.slot), own(), signal);
        const tally = newTally();
        if (!(await carry(from.slot, token, { exact: true, signal, tally }))) {
          throw new Refusal(
            "files-busy",
            `Files of ${from.slot} go on changing behind the fence.`,
            "See which process of the app writes to them without being asked, and stop it before the swap.",
          );
        }
        return summary(tally);
      }),

    letGo: (slot, { token, destroy }) =>
      files.take(async () => {
        if (!destroy) return [];
        const place = await placeOf(slot.slot);
        place.assert(token);
        files.close();
        return (await place.destroy()) ? [`The folders of ${slot.slot} were deleted.`] : [];
      }),

    async tend({ token, feed, clones, signal }: Tending) {
      if (options.folders().length === 0) return;
      const places = await both();
      await files.atLeisure(signal, async (ending) => {
        for (const slot of SLOT_NAMES) {
          places[slot].assert(token);
          await settle(places[slot], own());
          await sweepFolders(places[slot], clones.includes(slot));
        }
        for (const folder of own()) {
          const pair = files.pair(folder, places);
          if (!feed || folder.mode === "copy") pair.close();
          else if (!pair.idle && files.mayLook(folder.name, pair.lost === null ? 0 : BLIND_MS)) {
            const how = { exact: feed.exact, signal: ending, tally: newTally(), restMs: REST_MS };
            await carry(feed.from, token, how, [folder]);
          }
        }
      });
    },

    async count(from, to) {
      const places = await both();
      const counts = [];
      for (const folder of own()) {
        const found = await files.pair(folder, places).counts();
        counts.push({ table: folder.name, from: found[from.slot], to: found[to.slot] });
      }
      return counts;
    },

    async difference(base, current, { onRow, signal }) {
      const start = performance.now();
      const places = await both();
      const tables: Difference["tables"] = [];
      for (const folder of own()) {
        const found = { inserted: 0, changed: 0, deleted: 0 };
        const [old, now] = [places[base.slot].path(folder), places[current.slot].path(folder)];
        await differ(old, now, signal, async (rel, kind, was, is) => {
          found[kind]++;
          const told = (entry: typeof was) => entry && { bytes: entry.size, changedAt: timeOf(entry.mtime) };
          const row: DifferentRow = {
            table: folder.name,
            kind,
            key: { path: shown(rel) },
            base: told(was),
            current: told(is),
          };
          await onRow?.(row);
        });
        if (found.inserted + found.changed + found.deleted > 0)
          tables.push({ table: folder.name, ...found, exact: true });
      }
      const sum = (kind: DifferentRow["kind"]) => tables.reduce((total, table) => total + table[kind], 0);
      return {
        inserted: sum("inserted"),
        changed: sum("changed"),
        deleted: sum("deleted"),
        exact: true,
        tables,
        ms: performance.now() - start,
      };
    },

    async dispose() {},
  };
}

const timeOf = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();
