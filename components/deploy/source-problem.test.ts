import { expect, test } from "vitest";
import { sourceProblem } from "./source-problem.ts";

test("each kind of source says what it lacks", () => {
  expect(sourceProblem(undefined)).toContain("where");
  expect(sourceProblem({ kind: "folder", path: "shop" })).toContain("slash");
  expect(sourceProblem({ kind: "git", url: "", ref: "main" })).toContain("address");
  expect(sourceProblem({ kind: "git", url: "https://example.com/x", ref: " " })).toContain("branch");
  expect(sourceProblem({ kind: "upload", id: "" })).toContain("archive");
});

test("what is whole has no problem", () => {
  expect(sourceProblem({ kind: "folder", path: "/srv/shop" })).toBeNull();
  expect(sourceProblem({ kind: "git", url: "https://example.com/x", ref: "main" })).toBeNull();
  expect(sourceProblem({ kind: "upload", id: "x" })).toBeNull();
  expect(sourceProblem({ kind: "release", id: "x" })).toBeNull();
});
