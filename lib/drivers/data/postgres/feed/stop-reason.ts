/** Why a feed stands still: PostgreSQL keeps the row and the reason in the server's log only. */
import { open } from "node:fs/promises";
import type { Side } from "../side.ts";
import type { SubscriptionRow } from "./subscription.ts";

const TAIL_BYTES = 256 * 1024;

/** The last failure of the subscription's worker, in a sentence; what can be said without a log where none is readable. */
export async function whyStopped(
  to: Side,
  subscription: SubscriptionRow,
  name: string,
  serverLog: string | null,
): Promise<string> {
  const text = await readLog(to, serverLog);
  const found = text && (lastRefusedConnection(text, name) ?? lastFailure(text, subscription.oid));
  if (found) return found;
  if (!subscription.enabled) return "The feed was switched off.";
  return "Changes can't be applied; the log of the data's server says which row and why.";
}

/** Why the subscription's worker does not get at its source; null when it does, or when nobody can read of it. */
export async function whyNotConnected(
  to: Side,
  subscription: string,
  serverLog: string | null,
): Promise<string | null> {
  const text = await readLog(to, serverLog);
  return text && lastRefusedConnection(text, subscription);
}

const readLog = async (to: Side, serverLog: string | null): Promise<string | null> =>
  (serverLog && (await readTail(serverLog))) ?? (await readThroughServer(to));

/**
 * What the last worker said that ended, if it was that it can't connect. Its start is logged with the subscription's
 * name, what follows with the process only. Null also when a later one runs.
 */
export function lastRefusedConnection(log: string, subscription: string): string | null {
  const lines = log.split("\n");
  const started = `apply worker for subscription "${subscription}" has started`;
  let unheard = true;
  for (let at = lines.length - 1; at >= 0; at--) {
    const pid = lines[at]!.includes(started) ? /\[(\d+)\]/.exec(lines[at]!)?.[1] : undefined;
    if (pid === undefined) continue;
    const error = lines.slice(at).find((line) => line.includes(`[${pid}]`) && /\bERROR:/.test(line));
    if (error) return error.includes(NOT_CONNECTED) ? sentenceOf(error) : null;
    // Only just started: the one before says how that will probably end.
    if (!unheard) return null;
    unheard = false;
  }
  return null;
}

const NOT_CONNECTED = "could not connect to the publisher: ";

const sentenceOf = (line: string): string =>
  `The data's server does not get at the other one: ${line.slice(line.indexOf(NOT_CONNECTED) + NOT_CONNECTED.length).trim()}.`;

/**
 * A worker's failure is its ERROR line with the DETAIL and CONTEXT that follow from the same process; the context names
 * the subscription by its origin. Failures to connect have no context.
 */
export function lastFailure(log: string, subscription: number): string | null {
  const lines = log.split("\n");
  for (let at = lines.length - 1; at >= 0; at--) {
    const context = lines[at]!;
    if (!context.includes(`"pg_${subscription}"`) || !/\bCONTEXT:/.test(context)) continue;
    const pid = /\[(\d+)\]/.exec(context)?.[1];
    if (pid === undefined) continue;
    const said: Record<string, string> = { CONTEXT: textOf(context) };
    for (let above = at - 1; above >= 0 && above > at - 40; above--) {
      const line = lines[above]!;
      if (!line.includes(`[${pid}]`)) continue;
      const kind = /\b(ERROR|DETAIL|HINT):/.exec(line)?.[1];
      if (kind) said[kind] ??= [textOf(line), ...restOf(lines, above)].join(" ");
      if (kind === "ERROR") return sentence(said);
    }
  }
  return null;
}

/** A text of several lines goes on behind tabs. */
function restOf(lines: string[], at: number): string[] {
  const rest: string[] = [];
  for (let next = at + 1; lines[next]?.startsWith("\t"); next++) rest.push(lines[next]!.trim());
  return rest;
}

const textOf = (line: string): string => line.replace(/^.*?\b(ERROR|DETAIL|HINT|CONTEXT):\s*/, "").trim();

function sentence({ ERROR, DETAIL, CONTEXT }: Record<string, string>): string {
  const [, type, table] =
    /message type "(\w+)" for replication target relation "(.+?)"(?: column "| in transaction|$)/.exec(
      CONTEXT ?? "",
    ) ?? [];
  const where = table ? `A row (${type}) does not fit ${table}: ` : "";
  return `${where}${ERROR}${DETAIL ? ` (${DETAIL.replace(/\.$/, "")})` : ""}.`;
}

async function readTail(path: string): Promise<string | null> {
  const file = await open(path, "r").catch(() => null);
  if (!file) return null;
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Where the server writes files itself and lets its administrator read them. */
async function readThroughServer({ server }: Side): Promise<string | null> {
  return await server
    .use(undefined, async (client) => {
      const { rows } = await client.query(
        `SELECT pg_read_file(file, greatest(0, (pg_stat_file(file)).size - $1), $1) AS text
           FROM (SELECT pg_current_logfile('stderr') AS file) f WHERE file IS NOT NULL`,
        [TAIL_BYTES],
      );
      return (rows[0]?.text as string | undefined) ?? null;
    })
    .catch(() => null);
}
