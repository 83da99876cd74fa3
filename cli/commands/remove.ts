import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { Refused } from "../door.ts";
import { finishWith } from "../follow.ts";
import { withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

const AFTER = `
An adopted app goes on as it was before: its processes run on, and its database gets back every right that was taken
in it. An app that Signalbox made is stopped and its releases are deleted. Lead visitors past Signalbox first: the
app's domains answer 404 here from then on.`;

export function removeCommand(program: Command, streams: Streams): void {
  program
    .command("remove")
    .alias("leave")
    .description("take an app out of Signalbox (needs an admin's token)")
    .argument("<name>")
    .option("--delete-data", "also delete the databases that Signalbox made for it, with all that is in them")
    .option("--confirm <name>", "the app's name once more; asked for at a terminal")
    .addHelpText("after", AFTER)
    .action((name: string, { deleteData = false, confirm }, command: Command) =>
      withSession(command, streams, async (session) => {
        const typed = confirm ?? (await askName(name, streams));
        const asked = await session.door.act(name, "remove", { confirm: typed, deleteData });
        await finishWith(session, asked);
      }),
    );
}

async function askName(name: string, { stdin, stderr }: Streams): Promise<string> {
  if (!stdin.isTTY) {
    throw new Refused("invalid", "This removes an app, and nobody is here to be asked.", {
      remedy: `Add --confirm ${name}.`,
    });
  }
  const prompt = createInterface({ input: stdin, output: stderr });
  try {
    return (await prompt.question(`Type ${name} to remove it: `)).trim();
  } finally {
    prompt.close();
  }
}
