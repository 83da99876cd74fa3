import { type Clock, StaleToken } from "./ports.ts";

/**
 * Repeats until it works: for what must be done however long it takes (a record, an undo). Waits 100 ms doubling
 * to 5 s between tries. Rejects with StaleToken when the act says so or `signal` aborts (it is another's to do
 * then), and with the act's last error once `limitMs` have passed.
 */
export async function patiently<T>(
  act: () => Promise<T>,
  options: { clock: Clock; signal: AbortSignal; limitMs?: number; onError?(error: unknown): void },
): Promise<T> {
  const { clock, signal, limitMs = Number.POSITIVE_INFINITY } = options;
  const start = clock.monotonic();
  for (let wait = 100; ; wait = Math.min(5_000, wait * 2)) {
    if (signal.aborted) throw new StaleToken("Another engine took over.");
    try {
      return await act();
    } catch (error) {
      if (error instanceof StaleToken) throw error;
      options.onError?.(error);
      if (clock.monotonic() - start + wait > limitMs) throw error;
      await clock.sleep(wait, signal).catch(() => {});
    }
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
