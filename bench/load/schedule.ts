/** Fixed arrivals: due times depend on the rate only, never on how fast the answers come. */

export interface Arrivals {
  /** No arrivals until `resume`; what would have come meanwhile does not come later. */
  pause(): void;
  resume(): void;
  stop(): void;
}

/**
 * Calls `onArrival` with each due time (same clock as `now`), `perSecond` of them a second, evenly spaced. When
 * the timer is late, all that came due are sent at once with the times they were due at.
 */
export function arrivals(perSecond: number, onArrival: (due: number) => void, now: () => number): Arrivals {
  const gap = 1_000 / perSecond;
  let next = now() + gap * Math.random();
  let timer: NodeJS.Timeout | null = null;
  const tick = () => {
    const at = now();
    for (; next <= at; next += gap) onArrival(next);
    timer = setTimeout(tick, Math.max(0, next - now()));
  };
  const start = () => {
    if (timer || perSecond <= 0) return;
    timer = setTimeout(tick, Math.max(0, next - now()));
  };
  const stop = () => {
    if (timer) clearTimeout(timer);
    timer = null;
  };
  start();
  return {
    pause: stop,
    resume: () => {
      if (timer) return;
      next = now();
      start();
    },
    stop,
  };
}
