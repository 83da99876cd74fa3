/**
 * Where a slot's folders are and whether its app reaches them. `<apps>/<app>/<slot>/data/<name>` belongs to the app's
 * OS user, `data` itself to us: closing that one folder closes all of them at once, however much is in them.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "#lib/config/atomic-file.ts";
import type { OsUser } from "#lib/config/os-user.ts";
import { SLOT_NAMES } from "#lib/engine/model.ts";
import { type FencingToken, Refusal, StaleToken } from "#lib/engine/ports.ts";
import { Hands } from "./hands.ts";
import { openTop } from "./tree.ts";

export type FilesMode = "shared" | "copy" | "follow";

export interface Folder {
  name: string;
  env: string;
  mode: FilesMode;
}

const stateSchema = z.object({
  token: z.number(),
  fenced: z.boolean(),
  /** Whether the files' own write bits are taken away. */
  readonly: z.boolean(),
});
type State = z.infer<typeof stateSchema>;

const FRESH: State = { token: 0, fenced: false, readonly: false };
export const asRoot = process.getuid?.() === 0;
/** The testers' copy, the one that is being made, and the one that it has just replaced. */
export const [CLONE, NEXT, LAST] = ["preview", "preview.next", "preview.last"] as const;
const OPEN = 0o755;
const SHUT = 0o700;

export class Place {
  readonly slotDir: string;
  private readonly user: OsUser | null;

  /** `slotDir`: the slot's own folder, ours. */
  constructor(slotDir: string, user: OsUser | null) {
    this.slotDir = slotDir;
    this.user = user;
  }

  /** Of the OS user that the slot's processes run as; null where they run as ourselves. */
  get uid(): number | null {
    return this.user?.uid ?? null;
  }

  private get data(): string {
    return join(this.slotDir, "data");
  }

  path(folder: Folder): string {
    return join(this.data, folder.name);
  }

  get echo(): string {
    return join(this.slotDir, "data.echo");
  }

  get modes(): string {
    return join(this.slotDir, "data.modes.json");
  }

  /** Makes what is missing, changes nothing that is there. */
  provision(folders: Folder[]): void {
    mkdirSync(this.slotDir, { recursive: true });
    if (!lstatSync(this.data, { throwIfNoEntry: false })) {
      mkdirSync(this.data);
      chmodSync(this.data, OPEN);
    }
    if (!existsSync(this.echo)) writeFileSync(this.echo, "");
    for (const folder of folders) {
      const path = this.path(folder);
      const there = lstatSync(path, { throwIfNoEntry: false });
      const shared = folder.mode === "shared";
      if (there && shared !== there.isSymbolicLink()) throw otherMode(folder, path);
      if (there) continue;
      if (!shared) this.makeOwn(path);
      else {
        const common = join(this.slotDir, "..", "shared", folder.name);
        if (!lstatSync(common, { throwIfNoEntry: false })) this.makeOwn(common);
        symlinkSync(join("..", "..", "shared", folder.name), path);
      }
    }
  }

  private makeOwn(path: string): void {
    mkdirSync(path, { recursive: true });
    this.give(path);
  }

  /** A folder of ours becomes the app's. */
  give(path: string): void {
    if (this.user) chownSync(path, this.user.uid, this.user.gid);
    chmodSync(path, SHUT);
  }

  state(): State {
    try {
      return stateSchema.parse(JSON.parse(readFileSync(join(this.slotDir, "data.json"), "utf8")));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return FRESH;
      throw error;
    }
  }

  async note(change: Partial<State>): Promise<void> {
    const state = { ...this.state(), ...change };
    await writeWhole(join(this.slotDir, "data.json"), `${JSON.stringify(state)}\n`);
  }

  /** Refuses an engine that was replaced, and remembers this one. */
  async claim(token: FencingToken): Promise<void> {
    this.assert(token);
    if (this.state().token !== token) await this.note({ token });
  }

  assert(token: FencingToken): void {
    const seen = this.state().token;
    if (token < seen)
      throw new StaleToken(`token ${token} is older than ${seen}, which these folders have seen`);
  }

  get shut(): boolean {
    return asRoot && (statSync(this.data).mode & 0o055) === 0;
  }

  setShut(shut: boolean): void {
    if (asRoot) chmodSync(this.data, shut ? SHUT : OPEN);
  }

  /** Deletes the slot's folders, and with the last slot those of both. False when there were none. */
  async destroy(): Promise<boolean> {
    if (!existsSync(this.data)) return false;
    const top = openTop(this.slotDir);
    try {
      for (const name of ["data", "data.json", "data.echo", "data.modes.json", CLONE, NEXT, LAST])
        await new Hands(() => {}).remove(top, name);
    } finally {
      top.close();
    }
    const app = openTop(join(this.slotDir, ".."));
    try {
      const left = SLOT_NAMES.some((slot) => existsSync(join(this.slotDir, "..", slot, "data")));
      if (!left) await new Hands(() => {}).remove(app, "shared");
    } finally {
      app.close();
    }
    return true;
  }

  /** A pass over the write bits was begun and not ended. */
  halfTaken(): boolean {
    return existsSync(this.modes);
  }

  /** What the file system says, not only what was noted. */
  fenced(): boolean {
    const { fenced, readonly } = this.state();
    return fenced && (this.shut || readonly);
  }
}

const otherMode = (folder: Folder, path: string) =>
  new Refusal(
    "files-mode",
    `${path} was made for another mode than ${folder.mode}.`,
    `Keep the mode of ${folder.name} in signalbox.yaml, or move the folder away by hand while the app is stopped.`,
  );
