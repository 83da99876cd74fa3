/** Changes within a target's folders: guarded, and also where there are no write bits. */
import { fchmodSync, rmdirSync, unlinkSync } from "node:fs";
import { breathe, type Dir, isGone, lookAtSelf } from "./tree.ts";

const asRoot = process.getuid?.() === 0;

export class Hands {
  private readonly guard: () => void;
  /** Folders without write bits that we work in, with the mode to go back to. */
  private readonly opened = new Map<Dir, number>();

  /** `guard` throws when the target may not be changed any more. */
  constructor(guard: () => void) {
    this.guard = guard;
  }

  /** Before each change within a folder. Whoever is not root can't change one without write bits, even its own. */
  touch(dir: Dir): void {
    this.guard();
    if (asRoot || this.opened.has(dir)) return;
    const { mode } = lookAtSelf(dir);
    if ((mode & 0o300) === 0o300) return;
    fchmodSync(dir.fd, mode | 0o700);
    this.opened.set(dir, mode);
  }

  /** As it was when the work is done, if it was touched. */
  async inside(dir: Dir, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } finally {
      const mode = this.opened.get(dir);
      if (mode !== undefined) fchmodSync(dir.fd, mode);
      this.opened.delete(dir);
    }
  }

  /** An entry with all below it. */
  async remove(dir: Dir, name: string): Promise<void> {
    const inner = dir.open(name);
    try {
      if (!inner) {
        unlinkSync(dir.at(name));
        return;
      }
      await this.inside(inner, async () => {
        for (const each of inner.names()) {
          this.touch(inner);
          await this.remove(inner, each);
          await breathe();
        }
      });
      rmdirSync(dir.at(name));
    } catch (error) {
      if (!isGone(error)) throw error;
    } finally {
      inner?.close();
    }
  }
}
