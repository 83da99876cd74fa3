import { type Command, Option } from "commander";
import { withSession } from "../session.ts";
import { note, print, printJson, type Streams } from "../streams.ts";

export function connectionCommand(program: Command, streams: Streams): void {
  program
    .command("connection")
    .description("what a version that you start yourself connects to (adopted apps; needs an admin's token)")
    .addOption(new Option("--slot <slot>", "whose data").choices(["blue", "green"]).default("green"))
    .addOption(
      new Option(
        "--as <whom>",
        "app: its processes; owner: its migrations, until the next deploy to the slot",
      )
        .choices(["app", "owner"])
        .default("app"),
    )
    .action(({ slot, as }, command: Command) =>
      withSession(command, streams, async ({ door, options, app }) => {
        const connections = await door.connections(await app(), slot, as);
        if (options.json) return printJson(streams, { connections });
        for (const { name, url } of connections) print(streams, `${name}=${url}`);
        note(streams, "It holds a password. The audit says that you saw it.");
      }),
    );
}
