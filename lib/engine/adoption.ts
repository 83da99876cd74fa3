/** Looking at what already runs, before it is taken over. Nothing is changed by any of this. */
import type { SlotRef } from "./model.ts";

/** One thing that was looked at, with the SQL that puts it right where SQL does. */
export interface AdoptionItem {
  /** Stable, kebab-case. */
  code: string;
  /** `refuse`: it can't be adopted like this. `warn`: it can, and this is what it costs. */
  severity: "ok" | "warn" | "refuse";
  what: string;
  /** What to do; empty when all is well. */
  remedy: string;
  /** To be run on the database as its administrator. */
  sql: string | null;
}

export interface OriginAnswer {
  status: number;
  /** The Server header; null when it does not say. */
  server: string | null;
  ms: number;
}

/** What a database that is taken over looks like, as far as it is recorded. */
export interface DatabaseShape {
  database: string;
  role: string;
  owner: string;
  fence: "grants" | "login";
}

export interface DataCheck {
  items: AdoptionItem[];
  /** Null while something is refused. */
  blue: DatabaseShape | null;
  green: DatabaseShape | null;
}

export interface DataCheckRequest {
  app: string;
  adminUrl: string;
  blueUrl: string;
  /** Undefined: Signalbox makes one on the same server. */
  greenUrl?: string;
}

/** A connection string that is shown once. */
export interface SlotConnection {
  name: string;
  url: string;
}

export interface AdoptionDesk {
  /** Asks an address once. Rejects with Refusal, naming what is wrong with it. */
  probe(origin: string, path: string, signal: AbortSignal): Promise<OriginAnswer>;
  check(request: DataCheckRequest, signal: AbortSignal): Promise<DataCheck>;
  /** What a process that somebody else starts needs to reach a slot's data. */
  connection(slot: SlotRef, as: "app" | "owner"): Promise<SlotConnection[]>;
}
