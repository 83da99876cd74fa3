import { expect, test } from "vitest";
import { checkAddress, checkRef, checkSubfolder } from "./git-address.ts";

test.each([
  ["https://github.com/acme/shop.git", "https"],
  ["ssh://git@example.com:2222/acme/shop.git", "ssh"],
  ["git@github.com:acme/shop.git", "ssh"],
  ["file:///srv/git/shop.git", "file"],
  ["http://127.0.0.1:3000/shop.git", "http"],
])("%s may be fetched from", (url, protocol) => {
  expect(checkAddress(url).protocol).toBe(protocol);
});

test.each([
  "ext::sh -c whoami",
  "ext::sh%20-c%20whoami",
  "fd::17/foo",
  "--upload-pack=touch /tmp/x",
  "-oProxyCommand=touch",
  "ssh://-oProxyCommand=x/y",
  "git@-oProxyCommand=x:y",
  "git://example.com/x",
  "ftp://example.com/x",
  "http://example.com/shop.git",
  "https://user:secret@example.com/shop.git",
  "https://token@example.com/shop.git",
  "file://host/path",
  "/srv/git/shop",
  "../shop",
  "https://example.com/a b",
  "https://example.com/a\nb",
  "",
])("%j is refused", (url) => {
  expect(() => checkAddress(url)).toThrow(expect.objectContaining({ name: "Refusal" }));
});

test.each(["main", "v1.2.3", "feature/x-1", "refs/heads/main", "0123456789abcdef0123456789abcdef01234567"])(
  "the ref %s is one",
  (ref) => {
    expect(() => checkRef(ref)).not.toThrow();
  },
);

test.each([
  "--upload-pack=x",
  "-x",
  "+main",
  "main:other",
  "a..b",
  "a b",
  "HEAD^",
  "HEAD~1",
  "@{u}",
  "a/",
  "x.lock",
  "",
  "*",
])("the ref %j is refused", (ref) => {
  expect(() => checkRef(ref)).toThrow(expect.objectContaining({ code: "bad-ref" }));
});

test.each(["../x", "/etc", "a/../../b", ".git/hooks", "-x", ":(glob)x", "a\\b"])(
  "the folder %j is refused",
  (path) => {
    expect(() => checkSubfolder(path)).toThrow(expect.objectContaining({ code: "bad-folder" }));
  },
);

test("a folder is taken as it is meant", () => {
  expect(checkSubfolder("./apps//shop/")).toBe("apps/shop");
  expect(checkSubfolder("")).toBe("");
});
