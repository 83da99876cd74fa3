import { type Command, Option } from "commander";
import { wholeNumber } from "../numbers.ts";
import { withSession } from "../session.ts";
import { note, print, printJson, type Streams } from "../streams.ts";

const collect = (value: string, before: string[] = []) => [...before, value];

export function tokenCommand(program: Command, streams: Streams): void {
  const token = program.command("token").description("API tokens (needs an admin's token, or --local)");

  token
    .command("create")
    .description("make one; its secret is shown this once")
    .argument("<name>", "what it is for")
    .addOption(
      new Option("--role <role>", "what it may do")
        .choices(["viewer", "tester", "operator", "admin"])
        .default("operator"),
    )
    .option("--expires <days>", "0: never", wholeNumber, 90)
    .option("--for <app>", "only this app; may be given again; default: all", collect)
    .action((name: string, { role, expires, for: apps }, command: Command) =>
      withSession(command, streams, async ({ door, options }) => {
        const expiresInDays = expires === 0 ? undefined : expires;
        const made = await door.createToken({ name, role, expiresInDays, apps });
        if (options.json) return printJson(streams, made);
        note(streams, `${made.token.name} (${made.token.id}), shown this once:`);
        print(streams, made.secret);
      }),
    );

  token
    .command("list")
    .description("all of them, without their secrets")
    .action((_, command: Command) =>
      withSession(command, streams, async ({ door, options }) => {
        for (const one of await door.listTokens()) {
          if (options.json) printJson(streams, one);
          else
            print(
              streams,
              [
                one.id,
                one.role.padEnd(8),
                one.name,
                one.apps.length > 0 ? `for ${one.apps.join(", ")}` : "",
                one.lastUsedAt === null ? "never used" : `last used ${one.lastUsedAt}`,
                one.revokedAt ? "revoked" : one.expiresAt ? `until ${one.expiresAt}` : "does not expire",
              ]
                .filter((part) => part !== "")
                .join("  "),
            );
        }
      }),
    );

  token
    .command("revoke")
    .description("refused from then on")
    .argument("<id>")
    .action((id: string, _, command: Command) =>
      withSession(command, streams, async ({ door, options }) => {
        const revoked = await door.revokeToken(id);
        if (options.json) printJson(streams, revoked);
        else print(streams, `${revoked.name}: revoked`);
      }),
    );
}
