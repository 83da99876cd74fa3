import { type Command, Option } from "commander";
import type { UserView } from "#lib/auth/user-view.ts";
import { ROLES } from "#lib/operations/role.ts";
import { type Door, Refused } from "../door.ts";
import { type Session, withSession } from "../session.ts";
import { note, print, printJson, type Streams } from "../streams.ts";

const role = () => new Option("--role <role>", "in every app").choices([...ROLES]);
const collect = (value: string, before: string[] = []) => [...before, value];

interface Changes {
  role?: string;
  in?: string[];
}

export function peopleCommand(program: Command, streams: Streams): void {
  const people = program
    .command("people")
    .description("who may sign in, and what they may do (needs an admin's token, or --local)");

  people
    .command("list")
    .description("all of them, with their roles")
    .action((_, command: Command) =>
      withSession(command, streams, async (session) => {
        for (const person of await session.door.listPeople()) tell(session, person);
      }),
    );

  people
    .command("add")
    .description("makes somebody who may sign in, and a link that works once within a week")
    .argument("<email>")
    .requiredOption("--name <name>", "shown in the audit log")
    .addOption(role().default("none"))
    .option("--in <app=role>", "a role in one app; may be given again", collect)
    .action((email: string, { name, ...asked }: Changes & { name: string }, command: Command) =>
      withSession(command, streams, async (session) => {
        const made = await session.door.addPerson({
          email,
          name,
          role: asked.role,
          apps: appRoles(asked.in),
        });
        if (session.options.json) return printJson(streams, made);
        tell(session, made.person);
        note(streams, "Hand over this link. It works once, within a week, and is not shown again:");
        print(streams, made.link);
      }),
    );

  people
    .command("change")
    .description("a role in every app, or in one (none takes it away)")
    .argument("<email>")
    .addOption(role())
    .option("--in <app=role>", "a role in one app; may be given again", collect)
    .action((email: string, asked: Changes, command: Command) =>
      withSession(command, streams, async (session) => {
        const { id } = await personBy(session.door, email);
        tell(session, await session.door.changePerson(id, { role: asked.role, apps: appRoles(asked.in) }));
      }),
    );

  for (const [verb, description, suspended] of [
    ["suspend", "ends their sessions and lets them in no more", true],
    ["readmit", "lets somebody who was suspended in again", false],
  ] as const) {
    people
      .command(verb)
      .description(description)
      .argument("<email>")
      .action((email: string, _, command: Command) =>
        withSession(command, streams, async (session) => {
          const { id } = await personBy(session.door, email);
          tell(session, await session.door.changePerson(id, { suspended }));
        }),
      );
  }

  people
    .command("link")
    .description("a new sign-in link; it works once, within a week")
    .argument("<email>")
    .action((email: string, _, command: Command) =>
      withSession(command, streams, async ({ door, options }) => {
        const link = await door.linkPerson((await personBy(door, email)).id);
        if (options.json) printJson(streams, { link });
        else print(streams, link);
      }),
    );

  people
    .command("remove")
    .description("their sessions end with them; tokens that they made stay")
    .argument("<email>")
    .action((email: string, _, command: Command) =>
      withSession(command, streams, async ({ door, options }) => {
        const { id } = await personBy(door, email);
        await door.removePerson(id);
        if (options.json) printJson(streams, { removed: id });
        else print(streams, `${email}: removed`);
      }),
    );
}

async function personBy(door: Door, email: string): Promise<UserView> {
  const found = (await door.listPeople()).find((person) => person.email === email.toLowerCase());
  if (found) return found;
  throw new Refused("not-found", `There is nobody with the address ${email}.`, {
    remedy: "`signalbox people list` shows who there is.",
  });
}

/** `shop=operator` as the API wants it. */
function appRoles(given: string[] | undefined): Record<string, string> | undefined {
  if (given === undefined) return undefined;
  return Object.fromEntries(
    given.map((text) => {
      const [app, wanted] = text.split("=", 2);
      if (!app || !wanted)
        throw new Refused("invalid", `--in ${text}: give an app and a role, as shop=operator.`);
      return [app, wanted];
    }),
  );
}

function tell({ streams, options }: Session, person: UserView): void {
  if (options.json) return void printJson(streams, person);
  const apps = person.apps.map(({ app, role }) => `${app}=${role}`).join(" ");
  const parts = [person.email, person.name, person.role, apps, person.suspended ? "suspended" : ""];
  print(streams, parts.filter((part) => part !== "").join("  "));
}
