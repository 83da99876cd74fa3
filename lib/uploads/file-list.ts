/** The list of files that an upload is: names that stay inside the folder on every system, and nothing twice. */
import { posix } from "node:path";
import { z } from "zod";
import { Refusal } from "#lib/engine/ports.ts";
import { LIMITS, type UploadLimits } from "./limits.ts";

export const sha256Field = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 in lower-case hexadecimal");

export const fileEntry = z.strictObject({
  /** Relative to the folder, with slashes. */
  path: z.string().min(1).max(4096),
  /** 493 (0755) for what can be executed, 420 (0644) for everything else; other bits don't count. */
  mode: z.number().int().min(0).max(0o777),
  size: z.number().int().min(0),
  sha256: sha256Field,
});

export const linkEntry = z.strictObject({
  path: z.string().min(1).max(4096),
  /** A symbolic link's text. */
  link: z.string().min(1).max(4096),
});

export const listEntry = z.union([fileEntry, linkEntry]);
export type FileEntry = z.infer<typeof fileEntry>;
export type ListEntry = z.infer<typeof listEntry>;

export const isLink = (entry: ListEntry): entry is z.infer<typeof linkEntry> => "link" in entry;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROLS = /[\u0000-\u001f\u007f]/;

/** Throws Refusal for names that lead out, can't be, or look like something else than they are. */
export function checkPath(path: string, limits: UploadLimits = LIMITS): void {
  const bad = (why: string) => {
    throw new Refusal(
      "bad-file-name",
      `${JSON.stringify(path.slice(0, 200))} can't be the name of a file of a release: ${why}.`,
      "Rename it, or leave it out with .signalboxignore.",
    );
  };
  if (path === "") bad("it is empty");
  if (CONTROLS.test(path)) bad("it has control characters");
  if (!path.isWellFormed() || path.includes("\ufffd")) bad("it is not valid UTF-8");
  if (path.includes("\\")) bad("it has a backslash");
  if (path.startsWith("/") || /^[A-Za-z]:\//.test(path)) bad("it is not relative to the folder");
  if (Buffer.byteLength(path) > limits.pathBytes) bad(`it is longer than ${limits.pathBytes} bytes`);
  for (const part of path.split("/")) {
    if (part === "" || part === ".") bad("it has an empty part");
    if (part === "..") bad("it leads out of the folder");
    if (Buffer.byteLength(part) > limits.nameBytes) bad(`a part is longer than ${limits.nameBytes} bytes`);
    if (part.toLowerCase() === ".git") bad("a repository's own files don't belong to a release");
  }
}

/** Throws Refusal when a link's text leads out of the folder. `path` was checked. */
export function checkLink(path: string, link: string, limits: UploadLimits = LIMITS): void {
  const target = posix.normalize(posix.join(posix.dirname(path), link));
  const out = link.startsWith("/") || target === ".." || target.startsWith("../");
  if (!out && !CONTROLS.test(link) && !link.includes("\\") && Buffer.byteLength(link) <= limits.linkBytes)
    return;
  throw new Refusal(
    "link-leads-out",
    `${path} is a link to ${JSON.stringify(link.slice(0, 200))}, outside the app's folder.`,
    "Replace it by the file itself, or by a link that stays in the folder.",
  );
}

/** Checks entries one after the other against all that came before. */
export class FileListCheck {
  private readonly limits: UploadLimits;
  /** Names as a system that knows neither capitals nor accents' spellings has them → as they are. */
  private readonly seen = new Map<string, string>();
  private readonly folders = new Map<string, string>();
  bytes = 0;

  constructor(limits: UploadLimits = LIMITS) {
    this.limits = limits;
  }

  /** Throws Refusal. */
  add(entry: ListEntry): void {
    const { path } = entry;
    checkPath(path, this.limits);
    if (isLink(entry)) checkLink(path, entry.link, this.limits);
    const key = alike(path);
    const twin = this.seen.get(key) ?? this.folders.get(key);
    if (twin !== undefined) throw twice(path, twin);
    for (let folder = posix.dirname(path); folder !== "."; folder = posix.dirname(folder)) {
      const other = this.seen.get(alike(folder)) ?? this.folders.get(alike(folder)) ?? folder;
      // A file or link in the place of a folder, or two spellings of one folder.
      if (this.seen.has(alike(folder)) || other !== folder) throw twice(folder, other);
      this.folders.set(alike(folder), folder);
    }
    this.seen.set(key, path);
    this.bytes += isLink(entry) ? 0 : entry.size;
    if (this.seen.size > this.limits.files) throw tooMany(this.limits.files);
    if (this.bytes > this.limits.uploadBytes) throw tooLarge(this.limits.uploadBytes);
  }
}

const alike = (path: string): string => path.normalize("NFC").toLowerCase();

const twice = (path: string, other: string) =>
  new Refusal(
    "file-twice",
    path === other
      ? `${path} is there twice.`
      : `${path} and ${other} differ only in how they are spelt, so one would take the other's place on some systems.`,
    "Rename one of them, or leave it out with .signalboxignore.",
  );

export const tooMany = (files: number) =>
  new Refusal(
    "too-many-files",
    `It has more than ${files.toLocaleString("en")} files.`,
    "Leave out what the app does not need with .signalboxignore; with a build, packages are left out anyway.",
  );

export const tooLarge = (bytes: number) =>
  new Refusal(
    "upload-too-large",
    `It is larger than ${Math.round(bytes / 1024 ** 2).toLocaleString("en")} MiB.`,
    "Leave out what the app does not need with .signalboxignore.",
  );
