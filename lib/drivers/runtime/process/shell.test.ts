import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { shellArguments } from "./shell.ts";

test("a plain program takes the shell's place", () => {
  expect(shellArguments("node --port=1 server.ts")).toEqual(["-c", "exec node --port=1 server.ts"]);
});

test.each(["A=1 node x", "exit 3", "a; b", "a | b", "cd x", "node 'x y'", "echo $HOME", "a\nb", "a && b"])(
  "what needs the shell keeps it: %s",
  (line) => {
    expect(shellArguments(line)).toEqual(["-c", line]);
  },
);

test("the shell takes it", async () => {
  const { stdout } = await promisify(execFile)("/bin/sh", shellArguments("printf done"));
  expect(stdout).toBe("done");
});
