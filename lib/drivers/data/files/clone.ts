/**
 * Throw-away copies of a slot's folders, beside them: `<slot>/preview/<name>`. Blocks are shared where the file system
 * can. Of a folder that both slots share there is none: testers get an empty one of their own.
 */
import { chmodSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { SlotName } from "#lib/engine/model.ts";
import type { CloneReport, Clones } from "#lib/engine/ports.ts";
import { roomFor } from "../room.ts";
import { leftOutNotes, refuseFull } from "./copy.ts";
import { Hands } from "./hands.ts";
import { Mirror, newTally } from "./mirror.ts";
import { CLONE, type Folder, LAST, NEXT, type Place } from "./places.ts";
import type { AppFiles } from "./store.ts";
import { sizeOf } from "./survey.ts";
import { openTop } from "./tree.ts";
import { giveWriteBits } from "./write-bits.ts";

/** Where a tester's app finds the folder. */
export const clonePath = (place: Place, folder: Folder): string => join(place.slotDir, CLONE, folder.name);

export function fileClones(of: {
  files: AppFiles;
  provisioned(slot: SlotName): Promise<Place>;
  folders(): Folder[];
}): Clones {
  const claimed = <T>(slot: SlotName, token: number, work: (place: Place) => Promise<T>) =>
    of.files.take(async () => {
      const place = await of.provisioned(slot);
      await place.claim(token);
      return await work(place);
    });
  return {
    async preflight({ slot }) {
      const place = await of.provisioned(slot);
      const copied = of.folders().filter(({ mode }) => mode !== "shared");
      const sizes = await Promise.all(copied.map((folder) => sizeOf(place.path(folder))));
      // All of them go to one disk.
      const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
      return roomFor({ what: `${slot}'s folders`, dir: place.slotDir, bytes, sharesBlocks: true });
    },
    make: ({ slot }, { token, signal }) =>
      claimed(slot, token, (place) =>
        cloneFolders(place, of.folders(), { guard: () => place.assert(token), signal }).catch((error) =>
          refuseFull(error, "a copy", slot),
        ),
      ),
    drop: ({ slot }, { token }) => claimed(slot, token, dropFolders),
  };
}

/** `guard` throws when an engine that came later has been there. */
async function cloneFolders(
  place: Place,
  folders: Folder[],
  { guard, signal }: { guard(): void; signal: AbortSignal },
): Promise<CloneReport> {
  const at = new Date();
  const notes: string[] = [];
  let bytes = 0;
  await remove(place, NEXT, LAST);
  const next = join(place.slotDir, NEXT);
  mkdirSync(next);
  chmodSync(next, 0o755);
  for (const folder of folders) {
    const path = join(next, folder.name);
    mkdirSync(path, { mode: 0o700 });
    if (folder.mode === "shared") {
      place.give(path);
      notes.push(`${folder.name} is shared by both slots: testers have an empty one of their own.`);
      continue;
    }
    const tally = newTally();
    await mirror(place.path(folder), path, { tally, guard, signal });
    // A slot that is only read has files without write bits.
    await giveWriteBits([{ name: folder.name, path }], join(next, "none"));
    place.give(path);
    bytes += tally.bytes;
    notes.push(...leftOutNotes(folder.name, tally));
  }
  guard();
  if (existsSync(join(place.slotDir, CLONE)))
    renameSync(join(place.slotDir, CLONE), join(place.slotDir, LAST));
  renameSync(next, join(place.slotDir, CLONE));
  await remove(place, LAST);
  return { at, bytes, notes };
}

const dropFolders = (place: Place): Promise<void> => remove(place, CLONE, NEXT, LAST);

/** What a crash left, and a copy that nobody uses any more. */
export const sweepFolders = (place: Place, inUse: boolean): Promise<void> =>
  inUse ? remove(place, NEXT, LAST) : dropFolders(place);

async function mirror(
  from: string,
  to: string,
  how: { tally: ReturnType<typeof newTally>; guard(): void; signal: AbortSignal },
): Promise<void> {
  const [source, target] = [openTop(from), openTop(to)];
  const ignore = () => {};
  try {
    await new Mirror({
      ...how,
      from: source,
      to: target,
      readonly: false,
      exact: true,
      shareBlocks: true,
      onDirectory: ignore,
      isWatched: () => false,
      onGone: ignore,
      onExtra: ignore,
    }).everything();
  } finally {
    source.close();
    target.close();
  }
}

async function remove(place: Place, ...names: string[]): Promise<void> {
  const there = names.filter((name) => existsSync(join(place.slotDir, name)));
  if (there.length === 0) return;
  const top = openTop(place.slotDir);
  try {
    for (const name of there) await new Hands(() => {}).remove(top, name);
  } finally {
    top.close();
  }
}
