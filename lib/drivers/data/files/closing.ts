/**
 * Closing a slot's folders to its app and opening them. As root the folder above them is closed, at once and for all
 * that is in them; between runs that is turned into files without write bits, so that a resting app can read. Without
 * root only the write bits are there.
 */
import type { FencingToken } from "#lib/engine/ports.ts";
import { asRoot, type Folder, type Place } from "./places.ts";
import { giveWriteBits, takeWriteBits } from "./write-bits.ts";

const tops = (place: Place, folders: Folder[]) =>
  folders.map((folder) => ({ name: folder.name, path: place.path(folder) }));

/** Notes beforehand what waits for the disk: as root a slot that is noted as closed is so once its folder is shut. */
export async function readyToClose(place: Place, token: FencingToken): Promise<void> {
  place.assert(token);
  await place.note({ token, ...(asRoot && { fenced: true }) });
}

/** From here on the app can't write, whatever it does by name. */
export async function closeFolders(place: Place, folders: Folder[]): Promise<void> {
  if (place.fenced()) return;
  if (!place.state().fenced) await place.note({ fenced: true });
  if (asRoot) return place.setShut(true);
  await takeWriteBits(tops(place, folders), place.modes);
  await place.note({ readonly: true });
}

export async function openFolders(place: Place, folders: Folder[]): Promise<void> {
  // Also what a pass left that was cut off.
  if (place.state().readonly || place.halfTaken()) {
    await giveWriteBits(tops(place, folders), place.modes);
    await place.note({ readonly: false });
  }
  place.setShut(false);
  await place.note({ fenced: false });
}

/** A closed slot's app may read again. Nothing to do unless it is shut. */
export async function settle(place: Place, folders: Folder[]): Promise<void> {
  if (!place.state().fenced || !place.shut) return;
  await takeWriteBits(tops(place, folders), place.modes);
  await place.note({ readonly: true });
  place.setShut(false);
}

/** The opposite, at leisure before a window, so that opening is one act. The slot stays closed to its app. */
export async function loosen(place: Place, folders: Folder[]): Promise<void> {
  const { fenced, readonly } = place.state();
  if (!asRoot || !fenced || !readonly) return;
  place.setShut(true);
  await giveWriteBits(tops(place, folders), place.modes);
  await place.note({ readonly: false });
}
