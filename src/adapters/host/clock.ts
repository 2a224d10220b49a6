/**
 * The machine's own time. The only place that reads it for the roles.
 */
import type { Clock } from '#contracts/clock.ts';

/** Below this it may be the way to whoever's clock it is compared with. */
const AGREE_MS = 500;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    if (delayMs <= 0) {
      const turn = setImmediate(task);
      return () => clearImmediate(turn);
    }
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * The time of a clock that is so much ahead of the machine's: processes that share leases and judge the same prices must
 * agree on it, whatever their machines believe.
 */
export function clockAhead(ms: number): Clock {
  if (Math.abs(ms) < AGREE_MS) return systemClock;
  const ahead = Math.round(ms);
  return { ...systemClock, now: () => Date.now() + ahead };
}
