/** Errors as a person at a terminal wants them, and the exit code. */
import { CommanderError } from "commander";
import { Refused } from "./door.ts";
import { painter } from "./paint.ts";
import { note, type Streams } from "./streams.ts";

/** 1: refused or failed. 2: used wrongly. 3: the other side can't be reached or does not know the token. */
export function explain(error: unknown, streams: Streams): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const paint = painter(streams.stderr, streams.env);
  if (!(error instanceof Refused)) {
    note(streams, `${paint("red", "error")}: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  const { code, message, findings, remedy } = error;
  if (findings.length > 0) {
    for (const { what, remedy: help } of findings) {
      note(streams, `${paint("red", "refused")}: ${what}\n  ${paint("dim", help)}`);
    }
  } else {
    note(streams, `${paint("red", code)}: ${message}${remedy ? `\n  ${paint("dim", remedy)}` : ""}`);
  }
  if (code === "invalid") return 2;
  return code === "unreachable" || code === "unauthenticated" ? 3 : 1;
}
