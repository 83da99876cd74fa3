import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { Refused } from "../door.ts";
import { type GlobalOptions, openLocal } from "../session.ts";
import { note, print, printJson, type Streams } from "../streams.ts";

export function keysCommand(program: Command, streams: Streams): void {
  const keys = program
    .command("keys")
    .description("secret.key and seal-keys.json of the home; on the machine itself, while everything runs");

  keys
    .command("rotate")
    .description("a new key for variables and credentials; everything sealed is sealed anew")
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const door = await openLocal(options, streams);
      try {
        note(streams, "Waiting until nobody writes with the old key any more …");
        const done = await door.rotateKeys();
        if (options.json) return printJson(streams, done);
        print(streams, `Key ${done.key}: ${done.resealed} values sealed anew. Back the keys up again.`);
        for (const { key, neededBy } of done.kept) {
          note(streams, `Key ${key} stays, because these still need it: ${neededBy.join(", ")}.`);
          note(streams, "Restart those processes (signalbox restart), then rotate once more to drop it.");
        }
      } finally {
        await door.close();
      }
    });

  keys
    .command("backup")
    .description("both into one file, encrypted with a passphrase")
    .requiredOption("--to <file>", "must not exist")
    .option("--passphrase-file <file>", "default: SIGNALBOX_PASSPHRASE, or asked for")
    .action(async ({ to, passphraseFile }: { to: string; passphraseFile?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const passphrase = await passphraseFrom(streams, passphraseFile, true);
      const { backupKeys } = await import("../local-keys.ts");
      const { recorded } = await backupKeys(environment(options, streams), resolve(to), passphrase);
      if (options.json) return printJson(streams, { file: resolve(to), recorded });
      print(streams, `${to}: keep it apart from backups of the store, and the passphrase apart from both.`);
      if (!recorded) note(streams, "The store does not answer, so the audit log knows nothing of it.");
    });

  keys
    .command("restore")
    .description("into a home that lost them; keys that are there stay")
    .argument("<file>")
    .option("--passphrase-file <file>", "default: SIGNALBOX_PASSPHRASE, or asked for")
    .option("--force", "also over another secret.key or a damaged ring", false)
    .action(async (file: string, asked: { passphraseFile?: string; force: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const passphrase = await passphraseFrom(streams, asked.passphraseFile, false);
      const { restoreKeysFrom } = await import("../local-keys.ts");
      const { added } = await restoreKeysFrom(
        environment(options, streams),
        resolve(file),
        passphrase,
        asked.force,
      );
      if (options.json) return printJson(streams, { added });
      print(streams, `Restored; ${added.length} keys were missing. Restart Signalbox.`);
    });
}

const environment = ({ home }: GlobalOptions, { env }: Streams) => ({
  ...env,
  ...(home !== undefined && { SIGNALBOX_HOME: home }),
});

/** Never an argument: others on the machine can see those. */
async function passphraseFrom(streams: Streams, file: string | undefined, twice: boolean): Promise<string> {
  if (file !== undefined) return (await readFile(file, "utf8")).trimEnd();
  const given = streams.env.SIGNALBOX_PASSPHRASE;
  if (given) return given;
  if (!streams.stdin.isTTY) {
    throw new Refused("invalid", "No passphrase was given.", {
      remedy: "Set SIGNALBOX_PASSPHRASE, or pass --passphrase-file.",
    });
  }
  const passphrase = await askHidden(streams, "Passphrase: ");
  if (twice && (await askHidden(streams, "Again: ")) !== passphrase) {
    throw new Refused("invalid", "The two are not the same.");
  }
  return passphrase;
}

/** Readline echoes into nothing; the terminal itself is in raw mode then. */
async function askHidden({ stdin, stderr }: Streams, question: string): Promise<string> {
  const { Writable } = await import("node:stream");
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: stdin, output: nowhere, terminal: true });
  stderr.write(question);
  try {
    return await prompt.question("");
  } finally {
    prompt.close();
    stderr.write("\n");
  }
}
