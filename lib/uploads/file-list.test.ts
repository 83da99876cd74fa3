import { expect, test } from "vitest";
import { FileListCheck, type ListEntry } from "./file-list.ts";
import { LIMITS } from "./limits.ts";

const file = (path: string, size = 1): ListEntry => ({ path, mode: 0o644, size, sha256: "0".repeat(64) });
const link = (path: string, to: string): ListEntry => ({ path, link: to });
const check = (entries: ListEntry[], limits = LIMITS) => {
  const list = new FileListCheck(limits);
  for (const entry of entries) list.add(entry);
};
const code = (value: string) => expect.objectContaining({ name: "Refusal", code: value });

test("ordinary names are taken, also with blanks, dots and other letters", () => {
  const names = ["a", "a-b/c d.js", ".env", "..data/x", "größe/日本.txt", "x/y/z/.keep"];
  expect(() => check(names.map((name) => file(name)))).not.toThrow();
});

test.each([
  "../up",
  "a/../../up",
  "/etc/passwd",
  "C:/windows",
  "a//b",
  "./a",
  "a/.",
  "a\\..\\b",
  "a\0b",
  "a\nb",
  "tab\there",
  ".git/config",
  "sub/.GIT/hooks/post-checkout",
  "\ud800",
  `${"x".repeat(256)}`,
  `${"abcdefgh/".repeat(150)}x`,
])("%j is refused as a name", (path) => {
  expect(() => check([file(path)])).toThrow(code("bad-file-name"));
});

test.each([
  ["twice", [file("a"), file("a")]],
  ["in capitals too", [file("README.md"), file("readme.md")]],
  ["with an accent spelt in two ways", [file("caf\u00e9"), file("cafe\u0301")]],
  ["as a file and as a folder", [file("a"), file("a/b")]],
  ["as a folder and then as a file", [file("a/b"), file("a")]],
  ["as a folder in two spellings", [file("Lib/a"), file("lib/b")]],
  ["as a link and as a folder behind it", [link("a", "b"), file("a/evil")]],
])("a name that is there %s is refused", (_, entries) => {
  expect(() => check(entries)).toThrow(code("file-twice"));
});

test("links stay in the folder", () => {
  expect(() => check([link("a/b", "../c"), link("d", "a/./b"), link("e", "..data")])).not.toThrow();
  for (const to of ["/etc/passwd", "../x", "a/../../x", "..", "x\0", "..\\x"]) {
    expect(() => check([link("d", to)])).toThrow(code("link-leads-out"));
  }
});

test("too many files and too many bytes are refused", () => {
  expect(() => check([file("a"), file("b")], { ...LIMITS, files: 1 })).toThrow(code("too-many-files"));
  expect(() => check([file("a", 6), file("b", 5)], { ...LIMITS, uploadBytes: 10 })).toThrow(
    code("upload-too-large"),
  );
});
