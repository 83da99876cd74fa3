/** The engine's own row in each slot's database: the highest token seen, and whether the slot is fenced. */
import type pg from "pg";
import { type FencingToken, Refusal, StaleToken } from "#lib/engine/ports.ts";
import { CONTROL_SCHEMA } from "./names.ts";
import { identifier } from "./quote.ts";

/** Routines that the app may not call while the slot is fenced, and may again afterwards. */
export const WITHHELD = `${identifier(CONTROL_SCHEMA)}.withheld`;
const GUARD = `${identifier(CONTROL_SCHEMA)}.guard`;

/** Creates the control schema where it is missing. Its owner is the administrator; nobody else gets in. */
export async function createGuard(client: pg.Client): Promise<void> {
  await client.query(`
    SET LOCAL client_min_messages = warning;
    CREATE SCHEMA IF NOT EXISTS ${identifier(CONTROL_SCHEMA)};
    REVOKE ALL ON SCHEMA ${identifier(CONTROL_SCHEMA)} FROM PUBLIC;
    CREATE TABLE IF NOT EXISTS ${GUARD} (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      token bigint NOT NULL DEFAULT 0,
      fenced boolean NOT NULL DEFAULT false
    );
    CREATE TABLE IF NOT EXISTS ${WITHHELD} (routine oid PRIMARY KEY);
    INSERT INTO ${GUARD} DEFAULT VALUES ON CONFLICT DO NOTHING`);
}

/**
 * Takes the guard's row for the current transaction: an older engine is refused with StaleToken, and a newer one
 * waits until this transaction ends. `fenced` is what the slot will be when it commits.
 */
export async function claimGuard(client: pg.Client, token: FencingToken, fenced?: boolean): Promise<void> {
  const { rowCount } = await client.query(claimStatement(token, fenced));
  if (rowCount === 0) throw await whyNot(client, token);
}

/** The same within a longer message; it must have changed a row, or `whyNot` says why it did not. */
export function claimStatement(token: FencingToken, fenced?: boolean): string {
  if (!Number.isSafeInteger(token)) throw new Error(`${token} is no token`);
  const state = fenced === undefined ? "" : `, fenced = ${fenced}`;
  return `UPDATE ${GUARD} SET token = ${token}${state} WHERE token <= ${token}`;
}

/**
 * The same as a statement that fails, and with it the rest of its message, when a newer token was seen: `whyFailed` tells.
 */
export const strictClaim = (token: FencingToken, fenced?: boolean): string =>
  `WITH claimed AS (${claimStatement(token, fenced)} RETURNING 1) SELECT 1 / count(*) FROM claimed`;

/** What to throw for a message with a `strictClaim` in it that failed with `error`. Ends its transaction. */
export async function whyFailed(client: pg.Client, token: FencingToken, error: unknown): Promise<unknown> {
  if ((error as { code?: string }).code !== DIVISION_BY_ZERO) return error;
  await client.query("ROLLBACK");
  return await whyNot(client, token);
}

const DIVISION_BY_ZERO = "22012";

/**
 * Statements of our own as one transaction under the claim, in one message. Resolves with their results. Not `durable`:
 * on disk with the next that is.
 */
export async function underClaim(
  client: pg.Client,
  token: FencingToken,
  statements: string[],
  { durable = true }: { durable?: boolean } = {},
): Promise<pg.QueryResult[]> {
  const first = ["BEGIN", `SET LOCAL synchronous_commit = ${durable ? "on" : "off"}`, strictClaim(token)];
  try {
    const results = await client.query([...first, ...statements, "COMMIT"].join(";\n"));
    return (results as unknown as pg.QueryResult[]).slice(first.length, -1);
  } catch (error) {
    throw await whyFailed(client, token, error);
  }
}

export async function readGuard(client: pg.Client): Promise<{ token: number; fenced: boolean }> {
  return guardFrom((await client.query(GUARD_QUERY)).rows);
}

export const GUARD_QUERY = `SELECT token::float8 AS token, fenced FROM ${GUARD}`;

export function guardFrom(rows: pg.QueryResultRow[]): { token: number; fenced: boolean } {
  if (!rows[0]) throw notProvisioned();
  return rows[0] as { token: number; fenced: boolean };
}

export async function whyNot(client: pg.Client, token: FencingToken): Promise<Error> {
  const guard = await readGuard(client);
  return new StaleToken(`token ${token} is older than ${guard.token}, which this database has seen`);
}

const notProvisioned = () =>
  new Refusal(
    "slot-not-provisioned",
    "The slot's database lacks the engine's own table.",
    "Deploy a release to the slot; that creates it.",
  );
