/**
 * The fence: one session whose open transaction holds every table and has revoked the app's right to write. While
 * it is open writers wait and the database itself is the dead man's switch; its COMMIT makes the fence last.
 */
import type { Fence, FencingToken } from "#lib/engine/ports.ts";
import { abortable, abortError } from "./abort.ts";
import { canLogIn, endSessions } from "./adopted-grants.ts";
import type { DataServer, Session } from "./connect.ts";
import { firstWritable, grantWriting, revokeWriting } from "./grants.ts";
import { claimGuard, readGuard } from "./guard.ts";
import { beginLocked, setLocalMs } from "./lock-tables.ts";
import type { SlotNames } from "./names.ts";
import { literal } from "./quote.ts";
import { shutOutRelease } from "./roles.ts";
import { fenceName, settleCommits, takeOver } from "./takeover.ts";

/** How long a fence waits for writes in flight, at most. Writers that come later wait behind it. */
const LOCK_WAIT_MS = 5_000;
const ANSWER_MS = 3_000;

export interface FenceOptions {
  token: FencingToken;
  deadlineMs: number;
  signal: AbortSignal;
}

export async function holdFence(
  server: DataServer,
  names: SlotNames,
  { token, deadlineMs, signal }: FenceOptions,
): Promise<Fence> {
  if (signal.aborted) throw abortError(signal);
  const session = await server.reopen(names.database);
  const endsAt = performance.now() + deadlineMs;
  const { client } = session;
  const lock = async () => {
    await client.query(`SET application_name = ${literal(fenceName(server, token))}`);
    await takeOver(server, client, token);
    await shutOutRelease(client, names);
    await beginLocked(client, {
      mode: "SHARE ROW EXCLUSIVE",
      waitMs: Math.min(LOCK_WAIT_MS, deadlineMs),
      token,
      settings: () => setLocalMs("idle_in_transaction_session_timeout", endsAt - performance.now()),
    });
    await revokeWriting(client, names);
    await client.query(setLocalMs("idle_in_transaction_session_timeout", endsAt - performance.now()));
  };
  await abortable([session], signal, lock);
  return heldFence(server, names, session, endsAt);
}

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
    await settleCommits(server, client);
    if (!(await readGuard(client)).fenced || (await firstWritable(client, names)) !== null) return false;
    return names.adopted?.fence !== "login" || !(await canLogIn(client, names.app));
  });
}

/** The app may write again. */
export async function unfence(server: DataServer, names: SlotNames, token: FencingToken): Promise<void> {
  await server.use(names.database, async (client) => {
    await takeOver(server, client, token);
    await client.query("BEGIN; SET LOCAL synchronous_commit = on");
    await claimGuard(client, token, false);
    await grantWriting(client, names, "COMMIT");
  });
}
