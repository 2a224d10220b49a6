/**
 * Durations as people write them: `30s`, `15m`, `1h`, `1d`, `52w`. One unit, a whole number, no sums.
 * The canonical text of a duration is its largest unit that divides it: 60m prints as 1h.
 */
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** The longest duration the language knows (ten years), so that sums with epoch times stay exact. */
export const MAX_DURATION_MS = 3650 * UNIT_MS.d;

/** Milliseconds of `text`, or undefined where it is not a duration between 1 ms and {@link MAX_DURATION_MS}. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12})(ms|s|m|h|d|w)$/.exec(text);
  if (!match) return undefined;
  const ms = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  return ms >= 1 && ms <= MAX_DURATION_MS ? ms : undefined;
}

/** The canonical text of a duration in whole milliseconds; `parseDuration` gives the same number back. */
export function printDuration(ms: number): string {
  for (const unit of ['w', 'd', 'h', 'm', 's'] as const) {
    if (ms % UNIT_MS[unit] === 0 && ms !== 0) return `${ms / UNIT_MS[unit]}${unit}`;
  }
  return `${ms}ms`;
}
