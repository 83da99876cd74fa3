import { expect, test } from "vitest";
import { wordsOf } from "./words.ts";

test.each([
  ["node report.ts --all", ["node", "report.ts", "--all"]],
  ["  sh -c 'echo \"$HOME\"; exit 1' ", ["sh", "-c", 'echo "$HOME"; exit 1']],
  ['say "a b"c d\\ e ""', ["say", "a bc", "d e", ""]],
  ["", []],
  ["it's", null],
])("%s is read as its words", (line, words) => {
  expect(wordsOf(line)).toEqual(words);
});
