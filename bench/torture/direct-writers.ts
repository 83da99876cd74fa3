/**
 * One writer per slot that goes past every door: straight to the slot's database, with the credentials that the app's
 * own processes were given. Each keeps inserting and committing; only what was acknowledged is kept.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Home } from "#lib/config/home.ts";
import { SLOT_NAMES, type SlotName } from "#lib/engine/model.ts";
import { environOf } from "#lib/observability/process-identity.ts";
import { now } from "../ledger/ledger.ts";
import type { Commit } from "./authority.ts";
import { slotProcess } from "./victims.ts";

const EVERY_MS = 20;
/** A writer that the fence makes wait gives up, and tries again. */
const STATEMENT_MS = 300;
const RECONNECT_MS = 50;

export interface DirectWriters {
  /** In order of acknowledgement per slot. */
  readonly commits: Commit[];
  /** Writes that were refused or not acknowledged in time. */
  readonly refused: Record<SlotName, number>;
  /** What all refs begin with. The ledger's begin otherwise, so it passes these rows over. */
  readonly prefix: string;
  stop(): Promise<void>;
}

/** Both slots' web processes must be running: their environment is read. */
export async function startDirectWriters(home: Home): Promise<DirectWriters> {
  const prefix = `direct${randomBytes(4).toString("hex")}`;
  const commits: Commit[] = [];
  const refused: Record<SlotName, number> = { blue: 0, green: 0 };
  const urls = { blue: await databaseUrlOf(home, "blue"), green: await databaseUrlOf(home, "green") };
  let going = true;
  let count = 0;
  const write = async (slot: SlotName) => {
    let client: pg.Client | null = null;
    while (going) {
      try {
        client ??= await connect(urls[slot]);
        const ref = `${prefix}-${slot}-${count++}`;
        const sentAt = now();
        await client.query("INSERT INTO entries (ref, delta) VALUES ($1, 1)", [ref]);
        commits.push({ slot, ref, sentAt, ackedAt: now() });
        await sleep(EVERY_MS);
      } catch (error) {
        refused[slot]++;
        // An answer leaves the connection; anything worse takes it.
        if ((error as pg.DatabaseError).severity !== "ERROR") {
          await client?.end().catch(() => {});
          client = null;
        }
        await sleep(client ? EVERY_MS : RECONNECT_MS);
      }
    }
    await client?.end().catch(() => {});
  };
  const writing = SLOT_NAMES.map(write);
  return {
    commits,
    refused,
    prefix,
    async stop() {
      going = false;
      await Promise.all(writing);
    },
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...{ connectionString, application_name: "direct writer", connectionTimeoutMillis: 2_000 },
    ...{ statement_timeout: STATEMENT_MS, query_timeout: 5_000 },
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function databaseUrlOf(home: Home, slot: SlotName): Promise<string> {
  const web = await slotProcess(home, slot);
  const entry = web && environOf(web.pid)?.find((line) => line.startsWith("DATABASE_URL="));
  if (!entry) throw new Error(`${slot}'s web process has no DATABASE_URL`);
  return entry.slice("DATABASE_URL=".length);
}
