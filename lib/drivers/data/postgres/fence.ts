/**
 * The fence: one session whose open transaction holds every table and has revoked the app's right to write. While
 * it is open writers wait and the database itself is the dead man's switch; its COMMIT makes the fence last.
 */
import type { Fence, FencingToken } from "#lib/engine/ports.ts";
import { abortable, abortError } from "./abort.ts";
import { canLogIn, endSessions } from "./adopted-grants.ts";
import type { DataServer, Session } from "./connect.ts";
import { firstWritableQuery, grantWriting, revokeAdopted, revoking } from "./grants.ts";
import { GUARD_QUERY, guardFrom, strictClaim, whyFailed } from "./guard.ts";
import { beginLocked, readyToLock, setLocalMs } from "./lock-tables.ts";
import type { SlotNames } from "./names.ts";
import { literal } from "./quote.ts";
import { shutOutRelease } from "./roles.ts";
import { endOlderFences, fenceName, settledCommits, takeOver } from "./takeover.ts";

/** How long a fence waits for writes in flight, at most. Writers that come later wait behind it. */
const LOCK_WAIT_MS = 5_000;
const ANSWER_MS = 3_000;

export interface FenceOptions {
  token: FencingToken;
  deadlineMs: number;
  signal: AbortSignal;
}

/**
 * Before anybody waits: whatever of the fence holds nobody. The session is kept for the fence that comes within seconds,
 * and ends by itself when none does.
 */
export async function readyFence(server: DataServer, names: SlotNames, token: FencingToken): Promise<void> {
  const session = await server.reopen(names.database);
  try {
    await makeReady(server, names, session, token);
  } catch (error) {
    await session.close();
    throw error;
  }
  server.keep(keptName(server, names, token), session);
}

export async function holdFence(
  server: DataServer,
  names: SlotNames,
  { token, deadlineMs, signal }: FenceOptions,
): Promise<Fence> {
  if (signal.aborted) throw abortError(signal);
  const ready = server.kept(keptName(server, names, token));
  const session = ready ?? (await server.reopen(names.database));
  const endsAt = performance.now() + deadlineMs;
  const lock = async () => {
    if (!ready) await makeReady(server, names, session, token);
    const revoke = names.adopted ? null : revoking(names);
    // What is left of the window is the idle clock's again after the last message.
    const endOfWindow = () => setLocalMs("idle_in_transaction_session_timeout", endsAt - performance.now());
    const done = await beginLocked(session.client, {
      mode: "SHARE ROW EXCLUSIVE",
      // Some of the window is left to say who was in the way: at its end the server ends the session.
      waitMs: Math.min(LOCK_WAIT_MS, Math.floor(0.8 * deadlineMs)),
      token,
      settings: endOfWindow,
      with: revoke
        ? { ask: revoke.ask, act: (found) => `${endOfWindow()}; ${revoke.act(found)}` }
        : undefined,
    });
    if (revoke) return await revoke.check(session.client, done);
    await revokeAdopted(session.client, names);
    await session.client.query(endOfWindow());
  };
  await abortable([session], signal, lock);
  return heldFence(server, names, session, endsAt);
}

async function makeReady(server: DataServer, names: SlotNames, { client }: Session, token: FencingToken) {
  await client.query(`SET application_name = ${literal(fenceName(server, token))}`);
  await takeOver(server, client, token);
  await shutOutRelease(client, names);
  await readyToLock(client);
}

const keptName = (server: DataServer, names: SlotNames, token: FencingToken): string =>
  `${names.database} ${fenceName(server, token)}`;

function heldFence(server: DataServer, names: SlotNames, session: Session, endsAt: number): Fence {
  const { client } = session;
  let over = false;
  const leftMs = () => endsAt - performance.now();
  const usable = () => !over && !session.ended.aborted && leftMs() > 0;
  const drop = async () => {
    over = true;
    await session.terminate().catch(() => {});
  };
  return {
    async alive() {
      if (!usable()) return false;
      try {
        // Each sign of life starts the database's idle clock anew, so it is set to what is left of the window.
        await within(client.query(setLocalMs("idle_in_transaction_session_timeout", leftMs())));
        return usable();
      } catch {
        return false;
      }
    },
    async makeDurable() {
      if (!usable()) throw new Error("the fence was lost before it could be made durable");
      over = true;
      try {
        const { command } = await within(client.query("COMMIT"));
        if (command !== "COMMIT") throw new Error("the fence's transaction had failed");
      } catch (error) {
        // In doubt: once the server process is gone, `fenced` tells which way it went.
        await drop();
        throw new Error("the fence could not be made durable", { cause: error });
      }
      server.park(names.database, session);
      if (names.adopted?.fence === "login")
        await server.use(names.database, (other) => endSessions(other, names.app));
    },
    async release() {
      if (over) return;
      over = true;
      try {
        await within(client.query("ROLLBACK"));
        server.park(names.database, session);
      } catch {
        await drop();
      }
    },
  };
}

async function within<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the data's server does not answer")), ANSWER_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the slot durably refuses its app's writes: what the privileges say, not only what was noted. */
export async function isFenced(server: DataServer, names: SlotNames): Promise<boolean> {
  return await server.use(names.database, async (client) => {
    const [guard, writable] = await settledCommits(server, client, [GUARD_QUERY, firstWritableQuery(names)]);
    if (!guardFrom(guard!.rows).fenced || writable!.rows.length > 0) return false;
    return names.adopted?.fence !== "login" || !(await canLogIn(client, names.app));
  });
}

/** The app may write again. */
export async function unfence(server: DataServer, names: SlotNames, token: FencingToken): Promise<void> {
  await server.use(names.database, async (client) => {
    await endOlderFences(server, client, token);
    const claim = `BEGIN; SET LOCAL synchronous_commit = on; ${strictClaim(token, false)}`;
    try {
      await grantWriting(client, names, [claim, "COMMIT"]);
    } catch (error) {
      throw await whyFailed(client, token, error);
    }
  });
}
