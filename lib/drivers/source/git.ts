/** Source `git`: a branch, tag or commit of a repository, by the system's own git. */
import { lstat, mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "#lib/config/home.ts";
import { COMMIT_ID, checkAddress, checkRef, checkSubfolder } from "#lib/engine/git-address.ts";
import { Refusal } from "#lib/engine/ports.ts";
import type { FetchedSource, Source } from "#lib/engine/source.ts";
import { accessTo, type SourceSecret } from "./git/access.ts";
import { GitFailed, type GitRun, git } from "./git/command.ts";
import { explainFetch } from "./git/explain.ts";
import type { FetchOptions } from "./sources.ts";
import { withWorkFolder } from "./work-folder.ts";

export type CredentialReader = (app: string, name: string) => Promise<SourceSecret | null>;

type GitSource = Extract<Source, { kind: "git" }>;

const LFS_POINTER = "version https://git-lfs.github.com/spec/v1";
const SHOWN = 5;

export async function fetchGit(
  { home, app, credential }: { home: Home; app: string; credential: CredentialReader },
  source: GitSource,
  { onLog, signal }: FetchOptions,
): Promise<FetchedSource> {
  const address = checkAddress(source.url);
  checkRef(source.ref);
  const subfolder = checkSubfolder(source.path ?? "");
  return withWorkFolder(home, app, async (folder) => {
    const secret = await secretOf(credential, app, source.credential);
    const setting = await accessTo(address, secret, { home, folder });
    const tree = join(folder, "tree");
    await mkdir(tree);
    const run: GitRun = { cwd: tree, marker: folder, setting, signal };
    await git(["init", "--quiet", "--template="], run);
    onLog(`fetching ${source.ref} of ${source.url}`);
    await fetchRef(address.url, source, { ...run, onLog });
    const commit = (
      await git(["rev-parse", "--verify", "--end-of-options", "FETCH_HEAD^{commit}"], run)
    ).trim();
    await refuseSubmodules(commit, subfolder, run);
    await git(["checkout", "--quiet", "--detach", commit], run);
    const [subject = "", author = "", date = ""] = (
      await git(["log", "-1", "--format=%s%n%an%n%cI", commit], run)
    ).split("\n");
    onLog(`commit ${commit.slice(0, 12)}: ${subject}`);
    await nameLfsPointers(commit, subfolder, { ...run, onLog });
    return {
      folder: await folderIn(tree, subfolder),
      // What the repository has is meant to be there; only Signalbox's own file leaves something out.
      ignoreFiles: [".signalboxignore"],
      origin: { ...source, commit, subject: subject.slice(0, 200), author: author.slice(0, 100), date },
    };
  });
}

async function secretOf(read: CredentialReader, app: string, name: string | undefined) {
  if (name === undefined) return null;
  const secret = await read(app, name);
  if (secret) return secret;
  throw new Refusal(
    "credential-missing",
    `${app} has no credential named ${name}.`,
    "Add it on the app's page of sources, or choose another one.",
  );
}

/** One commit without its past. A server that gives single commits to nobody is asked for all branches instead. */
async function fetchRef(url: string, source: GitSource, run: GitRun): Promise<void> {
  const fetch = (...rest: string[]) =>
    git(["fetch", "--progress", "--no-tags", "--no-recurse-submodules", ...rest], run);
  try {
    await fetch("--depth=1", "--", url, source.ref);
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    const refused = /not our ref|unadvertised object|no such remote ref|couldn't find remote ref/i.test(
      error.words,
    );
    if (!refused || !COMMIT_ID.test(source.ref)) throw explainFetch(error, source);
    try {
      await fetch("--", url, "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*");
      // FETCH_HEAD is what the rest goes on from.
      await git(["fetch", "--no-tags", "--", run.cwd, source.ref], {
        ...run,
        onLog: undefined,
        setting: { ...run.setting, env: { ...run.setting.env, GIT_ALLOW_PROTOCOL: "file" } },
      });
    } catch (again) {
      throw again instanceof GitFailed ? explainFetch(again, source) : again;
    }
  }
}

async function refuseSubmodules(commit: string, subfolder: string, run: GitRun): Promise<void> {
  const listed = await git(
    ["ls-tree", "-r", "-z", "--full-tree", commit, "--", ...(subfolder ? [subfolder] : [])],
    run,
  );
  const submodules = listed
    .split("\0")
    .filter((line) => line.startsWith("160000 "))
    .map((line) => line.slice(line.indexOf("\t") + 1));
  if (submodules.length === 0) return;
  throw new Refusal(
    "git-submodules",
    `The repository has submodules (${shown(submodules)}), which are not fetched.`,
    "Put their files into the repository, fetch them in the build, or deploy an upload of the whole folder.",
  );
}

/** They are deployed as they are: who needs the large files themselves has to know that. */
async function nameLfsPointers(commit: string, subfolder: string, run: GitRun): Promise<void> {
  const args = [
    "grep",
    "-l",
    "-z",
    "-I",
    "-F",
    "-e",
    LFS_POINTER,
    commit,
    "--",
    ...(subfolder ? [subfolder] : []),
  ];
  const found = await git(args, { ...run, onLog: undefined }).catch((error) => {
    // It says 1 when there is none.
    if (error instanceof GitFailed) return "";
    throw error;
  });
  const names = found
    .split("\0")
    .filter(Boolean)
    .map((name) => name.slice(commit.length + 1));
  if (names.length > 0) {
    run.onLog?.(
      `LFS pointers stand in place of ${names.length} files, which are not fetched: ${shown(names)}`,
    );
  }
}

async function folderIn(tree: string, subfolder: string): Promise<string> {
  const missing = () =>
    new Refusal(
      "folder-missing",
      `The repository has no folder ${subfolder} at that ref.`,
      "Check the folder and the ref.",
    );
  const real = await realpath(join(tree, subfolder)).catch(() => {
    throw missing();
  });
  // A link in the repository may lead anywhere.
  if (real !== join(await realpath(tree), subfolder) || !(await lstat(real)).isDirectory()) throw missing();
  return real;
}

const shown = (names: string[]) =>
  names.slice(0, SHOWN).join(", ") + (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "");
