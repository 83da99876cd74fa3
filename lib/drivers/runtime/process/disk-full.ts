/** A full disk is a reason like any other: said plainly, with what to do. */
import { Refusal } from "#lib/engine/ports.ts";

/** The error as a Refusal if it says that there is no room, else as it is. */
export function orDiskFull(error: unknown, what: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return new Refusal(
    "disk-full",
    `There is no room for ${what}: ${message}.`,
    "Free some space, for example by removing old releases, then try again. Nothing was kept of this attempt.",
    { cause: error },
  );
}
