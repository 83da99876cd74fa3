/** Files that are whole or not there, whatever crashes when. */
import { link, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Replaces or creates a file. On return it is on disk. */
export async function writeWhole(file: string, content: string, mode = 0o600): Promise<void> {
  const temporary = await writeBeside(file, content, mode);
  try {
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Creates a file unless there is one. Returns whether this call did; of several at once exactly one does. */
export async function createWhole(file: string, content: string, mode = 0o600): Promise<boolean> {
  const temporary = await writeBeside(file, content, mode);
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

let count = 0;

async function writeBeside(file: string, content: string, mode: number): Promise<string> {
  count += 1;
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.${count}.tmp`);
  const handle = await open(temporary, "w", mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temporary;
}
