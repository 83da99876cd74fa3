/** What a slot's database and roles are called. */
import type { SlotRef } from "#lib/engine/model.ts";

export interface SlotNames {
  database: string;
  /** Owns the objects; can't log in. */
  owner: string;
  /** The processes' role: reads and writes rows, nothing else. */
  app: string;
  /** The release command's role: becomes `owner` as it logs in, and may log in only while it is needed. */
  release: string;
}

export function slotNames({ app, slot }: SlotRef): SlotNames {
  const database = `sb_${app}_${slot}`;
  return {
    database,
    owner: `${database}_owner`,
    app: `${database}_app`,
    release: `${database}_release`,
  };
}

/** The schema of the engine's own table in each slot's database. */
export const CONTROL_SCHEMA = "signalbox";
