/** A full disk is a reason like any other. */
import { refused } from "./errors.ts";

/** What it answers; rejects with `refused` when the disk had no room for it. */
export async function orNoRoom<T>(act: Promise<T>): Promise<T> {
  try {
    return await act;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
    throw refused([
      {
        code: "disk-full",
        severity: "refuse",
        what: "There is no room left for the upload.",
        remedy: "Free some space, for example by removing old releases, then go on with the upload.",
      },
    ]);
  }
}
