/** Git's words about a fetch that failed, as a reason and what to do. */
import { Refusal } from "#lib/engine/ports.ts";
import type { GitFailed } from "./command.ts";

const KNOWN: [RegExp, string, string, string][] = [
  [
    /couldn't find remote ref|not our ref|unadvertised object|no such remote ref|bad object/i,
    "ref-missing",
    "The repository has no such branch, tag or commit",
    "Check the ref. A commit needs its whole id, and must be on a branch or tag.",
  ],
  [
    /could not read (Username|Password)|Authentication failed|HTTP 40[13]|error: 40[13]|Permission denied|access denied|terminal prompts disabled/i,
    "access-denied",
    "The repository does not let Signalbox in",
    "Give the name of a credential that may read it, or renew the one that was given.",
  ],
  [
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i,
    "host-key-changed",
    "The server shows another ssh key than before",
    "If that is right, remove its line from ssh-known-hosts in Signalbox's home. If not, somebody may stand between.",
  ],
  [
    /dubious ownership/i,
    "repository-of-others",
    "The repository belongs to another OS user",
    "Give its address over ssh or https, or deploy its folder.",
  ],
  [
    /repository .* not found|does not appear to be a git repository|error: 404|not found/i,
    "repository-missing",
    "There is no such repository, or it is hidden from who has no credential",
    "Check the address, and give the name of a credential if it is private.",
  ],
  [
    /No space left on device|Disk quota exceeded/i,
    "disk-full",
    "There is no room for the repository",
    "Free some space, for example by removing old releases, then try again. Nothing was kept of this attempt.",
  ],
  [
    /Could not resolve host|Connection refused|timed out|unable to access|Could not read from remote|unable to look up|Network is unreachable/i,
    "repository-unreachable",
    "The repository can't be reached",
    "Check the address and this machine's way out.",
  ],
];

export function explainFetch(error: GitFailed, { url, ref }: { url: string; ref: string }): Refusal {
  const words = error.words || "git said nothing";
  for (const [pattern, code, what, remedy] of KNOWN) {
    if (pattern.test(words))
      return new Refusal(code, `${what} (${ref} of ${url}). Git says: ${lastOf(words)}`, remedy, {
        cause: error,
      });
  }
  return new Refusal(
    "fetch-failed",
    `${ref} of ${url} could not be fetched. Git says: ${lastOf(words)}`,
    "See the run's log, and try the same with git by hand.",
    { cause: error },
  );
}

const lastOf = (words: string) => words.split("\n").slice(-3).join(" / ");
