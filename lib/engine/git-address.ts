/** What may be fetched by git: addresses, refs and folders that can't be taken for options, programs or other files. */
import { Refusal } from "./ports.ts";

export interface GitAddress {
  /** As git is given it. */
  url: string;
  protocol: "https" | "http" | "ssh" | "file";
  /** Scheme, host and port, for settings that belong to that server alone; null for ssh and file. */
  origin: string | null;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** user@host:path, the short way to write ssh. A host or user never begins with a dash: that would be an option of ssh. */
const SHORT_SSH = /^([A-Za-z0-9_][\w.-]*@)([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/)([^\s:][^\s]*)$/;
const REF = /^[A-Za-z0-9_][A-Za-z0-9_./+@#=-]{0,199}$/;
export const COMMIT_ID = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROLS = /[\u0000-\u0020\u007f]/;

/** Throws Refusal. */
export function checkAddress(text: string): GitAddress {
  if (text.length > 2000 || CONTROLS.test(text) || text.startsWith("-")) throw badAddress(text);
  if (SHORT_SSH.test(text)) return { url: text, protocol: "ssh", origin: null };
  // Also turns away `ext::sh -c …` and other helpers: what is before their colons is no scheme that is allowed.
  if (!/^(https|http|ssh|file):\/\//.test(text) || !URL.canParse(text)) throw badAddress(text);
  const url = new URL(text);
  const protocol = url.protocol.slice(0, -1) as GitAddress["protocol"];
  if (url.password !== "" || (url.username !== "" && protocol !== "ssh")) {
    throw new Refusal(
      "secret-in-url",
      "The repository's address has a name or password in it, which everybody would see in the list of releases.",
      "Keep it as a credential of the app, and give the address without it.",
    );
  }
  if (protocol === "file") {
    if (url.host !== "") throw badAddress(text);
    return { url: text, protocol, origin: null };
  }
  if (url.hostname === "" || url.hostname.startsWith("-") || url.username.startsWith("-"))
    throw badAddress(text);
  if (protocol === "http" && !LOOPBACK.test(url.hostname)) {
    throw new Refusal(
      "not-encrypted",
      "Over http anybody on the way could put other code into the release.",
      "Use https or ssh.",
    );
  }
  return { url: text, protocol, origin: protocol === "ssh" ? null : url.origin };
}

/** A branch, a tag or a whole commit id. Throws Refusal. */
export function checkRef(ref: string): void {
  const bad =
    !REF.test(ref) ||
    /\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|[/.]$/.test(ref) ||
    ref === "@" ||
    ref.startsWith("refs/remotes/");
  if (bad) {
    throw new Refusal(
      "bad-ref",
      `${JSON.stringify(ref.slice(0, 100))} can't be a branch or tag.`,
      "Give a branch, a tag, or a commit's whole id.",
    );
  }
}

/** A folder in the repository; throws Refusal unless it stays in it. */
export function checkSubfolder(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const bad =
    path.startsWith("/") ||
    CONTROLS.test(path.replaceAll(" ", "")) ||
    path.includes("\\") ||
    parts.some(
      (part) =>
        part === ".." || part.toLowerCase() === ".git" || part.startsWith("-") || part.startsWith(":"),
    );
  if (!bad) return parts.join("/");
  throw new Refusal(
    "bad-folder",
    `${JSON.stringify(path.slice(0, 200))} can't be a folder in the repository.`,
    "Give it as it is in the repository, such as apps/shop.",
  );
}

const badAddress = (text: string) =>
  new Refusal(
    "bad-address",
    `${JSON.stringify(text.slice(0, 200))} is no address of a repository that Signalbox fetches from.`,
    "Give an https:// or ssh:// address, or git@host:path.",
  );
