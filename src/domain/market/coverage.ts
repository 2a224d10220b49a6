/**
 * How well an instrument is watched: judged by the age of its newest price in time its market was open, never by when
 * something was fetched or whether a socket stands.
 */
import { openTime, sessionAt } from '../calendar/session.ts';
import type { Coverage, Instrument } from './instrument.ts';

/** `lastTickAt` is the newest good tick's own time, null where there never was one. */
export function coverageOf(
  instrument: Pick<Instrument, 'calendar' | 'staleAfterMs' | 'blindAfterMs'>,
  lastTickAt: number | null,
  now: number,
): Coverage {
  if (lastTickAt === null) return 'none';
  const { calendar, staleAfterMs, blindAfterMs } = instrument;
  // Before and after hours too, a price that comes is a price that is watched.
  if (now - lastTickAt <= staleAfterMs) return 'live';
  if (!sessionAt(calendar, now).open) return 'closed';
  const silentMs = openTime(calendar, lastTickAt, now, blindAfterMs + 1);
  if (silentMs > blindAfterMs) return 'blind';
  return silentMs > staleAfterMs ? 'stale' : 'live';
}
