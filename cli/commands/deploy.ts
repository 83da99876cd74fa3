import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { Refused } from "../door.ts";
import { finishWith } from "../follow.ts";
import { packFolder } from "../pack-folder.ts";
import { sendUpload } from "../send-upload.ts";
import { type Session, withSession } from "../session.ts";
import type { Streams } from "../streams.ts";

export interface DeployOptions {
  slot?: string;
  from?: string;
  git?: string;
  ref?: string;
  path?: string;
  credential?: string;
  release?: string;
  releaseVersion?: string;
  origin?: string;
  health?: string;
}

const AFTER = `
A folder of this machine is sent to Signalbox; of its files only those that are not there yet. What is named in
.signalboxignore stays behind (without one: in .gitignore, if the app has a build).`;

export function deployCommand(program: Command, streams: Streams): void {
  withSources(program.command("deploy").description("put a release into the idle slot"))
    .addOption(new Option("--slot <slot>", "default: the idle slot").choices(["blue", "green"]))
    .option("--release-version <version>", "of an adopted app: what somebody else runs in the slot now")
    .option("--origin <url>", "with --release-version: where it answers")
    .option("--health <path>", "with --release-version: what answers 2xx when it is well")
    .action((folder: string | undefined, options: DeployOptions, command: Command) =>
      withSession(command, streams, async (session) => {
        oneSource(folder, options);
        const app = await session.app();
        const source = await sourceOf(session, app, folder, options);
        const input = { slot: options.slot, source };
        await finishWith(session, await session.door.act(app, "deploy", input));
      }),
    );
}

/** Where a release comes from, for the commands that take one. */
export function withSources(command: Command): Command {
  return command
    .argument("[folder]", "of this machine, with signalbox.yaml in it")
    .option("--from <path>", "a folder on Signalbox's own machine, copied there")
    .option("--git <url>", "a repository")
    .option("--ref <ref>", "with --git: branch, tag or whole commit id")
    .option("--path <folder>", "with --git: the app's folder in the repository")
    .option("--credential <name>", "with --git: one of the app's credentials")
    .option("--release <id>", "an installed release again, see `signalbox releases`")
    .addHelpText("after", AFTER);
}

export function oneSource(
  folder: string | undefined,
  { from, git, ref, path, credential, release, releaseVersion, origin, health }: DeployOptions,
): void {
  const given = [folder, from, git, release, releaseVersion].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw new Refused(
      "invalid",
      given.length === 0 ? "Deploy what?" : "Deploy from one place, not from several.",
      {
        remedy: "Give a folder, or --from, --git, --release or, for an adopted app, --release-version.",
      },
    );
  }
  if (git !== undefined && ref === undefined) {
    throw new Refused("invalid", "--git needs --ref.", {
      remedy: "Give a branch, a tag or a whole commit id.",
    });
  }
  if (git === undefined && [ref, path, credential].some((each) => each !== undefined)) {
    throw new Refused("invalid", "--ref, --path and --credential belong to --git.");
  }
  if (releaseVersion === undefined && (origin ?? health) !== undefined) {
    throw new Refused("invalid", "--origin and --health belong to --release-version.");
  }
}

export async function sourceOf(
  session: Session,
  app: string,
  folder: string | undefined,
  { from, git, ref, path, credential, release, releaseVersion, origin, health }: DeployOptions,
): Promise<Record<string, unknown>> {
  if (releaseVersion !== undefined)
    return { kind: "external", version: releaseVersion, origin, healthPath: health };
  if (git !== undefined) return { kind: "git", url: git, ref, path, credential };
  if (release !== undefined) return { kind: "release", id: release };
  if (from !== undefined) return { kind: "folder", path: resolve(from) };
  // --local is on Signalbox's machine: nothing has to travel.
  if (session.options.local) return { kind: "folder", path: resolve(folder!) };
  const packed = await packFolder(session.streams, resolve(folder!));
  return { kind: "upload", id: await sendUpload(session, app, packed) };
}
