import type { DataServer } from "./connect.ts";
import type { SlotNames } from "./names.ts";

/** One of the two databases that an act is about, and the server that holds it. They may be on different servers. */
export interface Side {
  server: DataServer;
  names: SlotNames;
}
