import type { Clock } from "./ports.ts";

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  now: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const aborted = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      // setTimeout holds 31 bits; nothing here waits for weeks.
      const timer = setTimeout(
        () => {
          signal?.removeEventListener("abort", aborted);
          resolve();
        },
        Math.min(ms, 2_147_483_647),
      );
      signal?.addEventListener("abort", aborted, { once: true });
    });
  },
};
