/** How many requests may wait at the gate at once. */
import { readFileSync } from "node:fs";
import { totalmem } from "node:os";

/** Kept for upstream connections, files and the control port. */
const OWN_DESCRIPTORS = 256;
/** A waiting request keeps its connection and up to one buffer of its unread body. */
const BYTES_EACH = 64 * 1024;
const SHARE_OF_MEMORY = 0.1;

/**
 * For one of so many workers. Every waiting request has a connection, and needs another one when it is let go;
 * descriptors are each process's own, the memory is everybody's.
 */
export function holdLimit(workers = 1): number {
  const byDescriptors = Math.floor((openFilesLimit() - OWN_DESCRIPTORS) / 2);
  // 0 or huge: no container sets a bound.
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const byMemory = Math.floor((memory * SHARE_OF_MEMORY) / BYTES_EACH / workers);
  return Math.max(16, Math.min(byDescriptors, byMemory));
}

/** Of this process. Node raises its own to the hard limit when it starts. */
export function openFilesLimit(): number {
  try {
    const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return line?.[1] === undefined || line[1] === "unlimited" ? 1_048_576 : Number(line[1]);
  } catch {
    return 1024;
  }
}
