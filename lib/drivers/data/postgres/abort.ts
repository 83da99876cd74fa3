/** Ends work on sessions the moment its signal aborts or a connection breaks, and only then says so. */
import type { Session } from "./connect.ts";

/**
 * Runs `work` on sessions. When `signal` aborts, a connection breaks or work fails, the sessions are ended from
 * outside and their server processes are waited for, so that nothing of an unfinished transaction is left when
 * this rejects. `commit` comes last and is not interrupted any more. Rejects with AbortError on `signal`.
 */
export async function abortable<T>(
  sessions: Session[],
  signal: AbortSignal,
  work: () => Promise<T>,
  commit?: () => Promise<void>,
): Promise<T> {
  const over = new AbortController();
  const broken = whenAborted(
    AbortSignal.any(sessions.map((session) => session.ended)),
    () => new Error("the connection to the data's server broke"),
    over.signal,
  );
  const stopped = whenAborted(signal, () => abortError(signal), over.signal);
  try {
    const result = await Promise.race([running(work), broken, stopped]);
    signal.throwIfAborted();
    if (commit) await Promise.race([running(commit), broken]);
    return result;
  } catch (error) {
    // A server that can't be reached any more ends what we left there by itself.
    await Promise.allSettled(sessions.map((session) => session.terminate()));
    throw signal.aborted ? abortError(signal) : error;
  } finally {
    over.abort();
  }
}

/** The promise of some work, with nobody to blame when it fails after the race is over. */
function running<T>(work: () => Promise<T>): Promise<T> {
  const promise = work();
  promise.catch(() => {});
  return promise;
}

/** Rejects when `signal` aborts; stops listening when `over` does. */
function whenAborted(signal: AbortSignal, error: () => Error, over: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(error());
    else signal.addEventListener("abort", () => reject(error()), { once: true, signal: over });
  });
  promise.catch(() => {});
  return promise;
}

/** The signal's reason, as an AbortError whatever it was. */
export function abortError(signal: AbortSignal): Error {
  const { reason } = signal;
  if (reason instanceof Error && reason.name === "AbortError") return reason;
  const error = new Error("aborted", { cause: reason });
  error.name = "AbortError";
  return error;
}
