import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { folderOn } from "#lib/config/detect/folder.ts";
import { detectManifest } from "#lib/config/detect/manifest.ts";
import { Refused } from "../door.ts";
import { note, print, printJson, type Streams } from "../streams.ts";

const FILE = "signalbox.yaml";

/** Looks at a folder of this machine; asks no server. */
export function initCommand(program: Command, streams: Streams): void {
  program
    .command("init")
    .description("write signalbox.yaml by looking at the app's folder (`create` makes the app itself)")
    .argument("[folder]", "the app's", ".")
    .option("--print", "write it to standard output instead")
    .option("--force", "replace the one that is there")
    .action(async (folder: string, { print: only, force }, command: Command) => {
      const dir = resolve(folder);
      const source = folderOn(dir);
      if (source.list().length === 0) throw new Refused("invalid", `${dir} is no folder, or an empty one.`);
      const { text, complete, notes } = detectManifest(source);
      const path = join(dir, FILE);
      if (only) print(streams, text.trimEnd());
      else await save(path, text, force === true);
      if (command.optsWithGlobals().json)
        printJson(streams, { path: only ? null : path, complete, notes, text });
      else if (!only) print(streams, `Wrote ${path}. Read it: each line says why it is there.`);
      if (!complete)
        note(streams, "Nothing says how the app starts: fill in processes.web before you deploy.");
    });
}

async function save(path: string, text: string, force: boolean): Promise<void> {
  await writeFile(path, text, { flag: force ? "w" : "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") {
      throw new Refused("invalid", `${path} is there already.`, {
        remedy: "Look at what would be written with --print, or replace it with --force.",
      });
    }
    throw new Refused("invalid", `${path} can't be written: ${error.message}`);
  });
}
