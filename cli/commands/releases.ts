import type { Command } from "commander";
import { sourceWords } from "#lib/operations/source-words.ts";
import { painter } from "../paint.ts";
import { withSession } from "../session.ts";
import { print, printJson, type Streams } from "../streams.ts";

export function releasesCommand(program: Command, streams: Streams): void {
  const releases = program.command("releases").description("installed releases of an app");

  releases
    .command("list", { isDefault: true })
    .description("newest first: where each came from, how large it is, which slot has it")
    .action((_, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        const paint = painter(streams.stdout, streams.env);
        for (const release of await door.listReleases(await app())) {
          if (options.json) {
            printJson(streams, release);
            continue;
          }
          const { id, version, bytes, slots, createdAt, createdBy, source } = release;
          const size = bytes === null ? "?" : `${(bytes / 1e6).toFixed(1)} MB`;
          const where = paint(slots.length > 0 ? "green" : "dim", slots.join("+").padEnd(10));
          const about = `${version.padEnd(12)} ${where} ${size.padStart(10)}  ${createdBy}`;
          print(streams, `${createdAt}  ${id}  ${about}  ${sourceWords(source)}`);
        }
      }),
    );

  releases
    .command("remove")
    .description("remove one that no slot has")
    .argument("<id>")
    .action((id: string, _, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        const removed = await door.removeRelease(await app(), id);
        if (options.json) printJson(streams, removed);
        else print(streams, `${removed.version}: removed`);
      }),
    );
}
