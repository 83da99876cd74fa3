/** Reads a file that anybody may have put there, without ever waiting for it or swallowing a large one. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";

/** A FIFO that took the file's place since one looked must not block. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Null when it is no regular file or larger than `maxBytes`. Throws what opening and reading throw. */
export function readSmallFile(path: string, maxBytes: number): { text: string; stat: Stats } | null {
  const fd = openSync(path, FLAGS);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > maxBytes) return null;
    // One byte more than allowed tells a file that grew in between.
    const buffer = Buffer.alloc(maxBytes < stat.size + 1 ? maxBytes + 1 : stat.size + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length < buffer.length; length += got) {
      got = readSync(fd, buffer, length, buffer.length - length, null);
    }
    return length > maxBytes ? null : { text: buffer.toString("utf8", 0, length), stat };
  } finally {
    closeSync(fd);
  }
}
