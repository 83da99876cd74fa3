/** What a slot's database and roles are called. */
import type { DatabaseShape } from "#lib/engine/adoption.ts";
import type { SlotRef } from "#lib/engine/model.ts";

export interface SlotNames {
  database: string;
  /** Owns the objects; can't log in. */
  owner: string;
  /** The processes' role: reads and writes rows, nothing else. */
  app: string;
  /** The release command's role: becomes `owner` as it logs in, and may log in only while it is needed. */
  release: string;
  /** What carries changes out of this database is called so: publication, replication slot, subscription and role. */
  feed: string;
  /** The database was there before Signalbox, with roles of its own; `release` is then nobody. */
  adopted?: {
    /** Of whom: written into the database, so that no other app takes it too. */
    label: string;
    /** `login`: the app's role owns its tables, so that a lasting fence keeps it from signing in too. */
    fence: "grants" | "login";
  };
}

/** Of a database that was there before Signalbox. */
export const adoptedNames = (shape: DatabaseShape, { app, slot }: SlotRef): SlotNames => ({
  database: shape.database,
  owner: shape.owner,
  app: shape.role,
  release: "",
  feed: feedName({ app, slot }),
  adopted: { fence: shape.fence, label: `Signalbox: ${app} ${slot}` },
});

export function slotNames({ app, slot }: SlotRef): SlotNames {
  const database = `sb_${app}_${slot}`;
  return {
    database,
    owner: `${database}_owner`,
    app: `${database}_app`,
    release: `${database}_release`,
    feed: feedName({ app, slot }),
  };
}

/** The throw-away copy of a slot's database; the one that is being made; the one that it has just replaced. */
export const cloneNames = ({ database }: SlotNames) => ({
  clone: `${database}_preview`,
  next: `${database}_preview_next`,
  last: `${database}_preview_last`,
});

/** Replication slots allow no dash; an app's name has no underscore, so no two apps have one name here. */
const feedName = ({ app, slot }: SlotRef): string => `sb_${app.replaceAll("-", "_")}_${slot}_feed`;

/** The schema of the engine's own table in each slot's database. */
export const CONTROL_SCHEMA = "signalbox";

/** SQL condition on pg_namespace `n`: a schema of the app's own. */
export const APP_SCHEMA = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '${CONTROL_SCHEMA}')`;
