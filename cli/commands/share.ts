import type { Command } from "commander";
import type { ShareLinkView } from "#lib/auth/share-links.ts";
import { wholeNumber } from "../numbers.ts";
import { type Session, withSession } from "../session.ts";
import { note, print, printJson, type Streams } from "../streams.ts";

export function shareCommand(program: Command, streams: Streams): void {
  const share = program
    .command("share")
    .description("links that let whoever has them see the staging domains, without signing in");

  share
    .command("create")
    .description("make one; its address is shown this once")
    .argument("<label>", "who it is for")
    .option("--days <days>", "until it expires", wholeNumber, 7)
    .action((label: string, { days }: { days: number }, command: Command) =>
      withSession(command, streams, async (session) => {
        const made = await session.door.createShareLink(await session.app(), { label, expiresInDays: days });
        if (session.options.json) return printJson(streams, made);
        note(streams, `${made.link.label} (${made.link.id}), shown this once:`);
        print(streams, made.url);
      }),
    );

  share
    .command("list")
    .description("those that hold and those that ended")
    .action((_, command: Command) =>
      withSession(command, streams, async (session) => {
        for (const link of await session.door.listShareLinks(await session.app())) tell(session, link);
      }),
    );

  share
    .command("revoke")
    .description("who came by it is out at once")
    .argument("<id>")
    .action((id: string, _, command: Command) =>
      withSession(command, streams, async (session) => tell(session, await session.door.revokeShareLink(id))),
    );
}

function tell({ streams, options }: Session, link: ShareLinkView): void {
  if (options.json) return void printJson(streams, link);
  const used = link.lastUsedAt === null ? "never used" : `last used ${link.lastUsedAt}`;
  print(streams, `${link.id}  ${link.state.padEnd(7)}  ${link.label}  until ${link.expiresAt}  ${used}`);
}
