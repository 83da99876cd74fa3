import { type Command, Option } from "commander";
import type { AdoptionCheckView } from "#lib/operations/read/adoption-check.ts";
import { Refused } from "../door.ts";
import { finishWith } from "../follow.ts";
import { painter } from "../paint.ts";
import { withSession } from "../session.ts";
import { note, print, printJson, type Streams } from "../streams.ts";

const AFTER = `
Nothing of the running app changes: it keeps its process, its database and its connection string. Others on this
machine can see a command's arguments: ADOPT_DATABASE_URL and ADOPT_ADMIN_URL are read where the options are left out.

  signalbox adopt shop --origin http://127.0.0.1:3000 --public shop.example.com --check
  signalbox adopt shop --origin http://127.0.0.1:3000 --public shop.example.com \\
    --database-url postgresql://shop:…@127.0.0.1/shop --admin-url postgresql://postgres:…@127.0.0.1/postgres`;

interface AdoptOptions {
  origin: string;
  public?: string[];
  staging: string[];
  stagingAccess: "open" | "testers";
  health: string;
  runningVersion: string;
  greenOrigin?: string;
  databaseUrl?: string;
  adminUrl?: string;
  greenUrl?: string;
  env: string;
  check?: boolean;
}

export function adoptCommand(program: Command, streams: Streams): void {
  program
    .command("adopt")
    .description("take an app that runs already behind the gate (needs an admin's token)")
    .argument("<name>")
    .requiredOption("--origin <url>", "where the running app answers")
    .option("--public <hosts...>", "host names that reach the live slot")
    .option("--staging <hosts...>", "host names that reach the idle slot", [])
    .addOption(
      new Option("--staging-access <who>", "who reaches the staging hosts")
        .choices(["open", "testers"])
        .default("testers"),
    )
    .option("--health <path>", "what answers 2xx when it is well", "/")
    .option("--running-version <version>", "what runs now, in words", "1")
    .option("--green-origin <url>", "where the second version will answer, if that is known")
    .option("--database-url <url>", "the app's own connection string; without one no data is switched")
    .option("--admin-url <url>", "an administrator's, to the same server")
    .option("--green-url <url>", "an empty database for the second version (default: one is made)")
    .option("--env <name>", "the variable in which the app wants its connection string", "DATABASE_URL")
    .option("--check", "only look, and say what is missing with the SQL to run")
    .addHelpText("after", AFTER)
    .action((name: string, options: AdoptOptions, command: Command) =>
      withSession(command, streams, async (session) => {
        const hosts = [...(options.public ?? []), ...options.staging];
        const { origin, health: healthPath } = options;
        const looked = { name, origin, healthPath, data: dataOf(options, streams) };
        if (options.check) {
          const found = await session.door.checkAdoption({ ...looked, hosts });
          if (session.options.json) printJson(streams, found);
          else show(found, streams);
          if (!found.ok) streams.exitCode = 1;
          return;
        }
        if (!options.public) throw new Refused("invalid", "--public: name the app's domain.");
        await finishWith(
          session,
          await session.door.adopt({
            ...looked,
            publicDomains: options.public,
            stagingDomains: options.staging,
            stagingAccess: options.stagingAccess,
            version: options.runningVersion,
            greenOrigin: options.greenOrigin,
          }),
        );
        if (!session.options.json) note(streams, `  Now lead ${hosts.join(", ")} here: see docs/adopt.md.`);
      }),
    );
}

function dataOf({ databaseUrl, adminUrl, greenUrl, env }: AdoptOptions, { env: variables }: Streams) {
  const url = databaseUrl ?? variables.ADOPT_DATABASE_URL;
  const admin = adminUrl ?? variables.ADOPT_ADMIN_URL;
  if (url === undefined && admin === undefined) return undefined;
  if (url === undefined || admin === undefined) {
    throw new Refused("invalid", "--database-url and --admin-url belong together.", {
      remedy: "The first is the app's own; the second may make databases and roles on the same server.",
    });
  }
  return { url, adminUrl: admin, greenUrl, env };
}

function show({ ok, items }: AdoptionCheckView, streams: Streams): void {
  const paint = painter(streams.stdout, streams.env);
  const marks = { ok: paint("green", "✓"), warn: paint("yellow", "!"), refuse: paint("red", "✗") };
  for (const { severity, what, remedy, sql } of items) {
    print(streams, `${marks[severity]} ${what}`);
    if (remedy) print(streams, `  ${paint("dim", remedy)}`);
    if (sql) print(streams, sql.replace(/^/gm, "    "));
  }
  print(
    streams,
    ok
      ? "It can be adopted like this."
      : "It can't be adopted yet. Put right what has a ✗, then check again.",
  );
}
