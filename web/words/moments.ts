/** Times and durations as people read them, in the reader's own zone. */

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const DAY_YEAR = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const FULL = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

export const clockTime = (at: number): string => TIME.format(at);
export const fullTime = (at: number): string => FULL.format(at);

/** `12:04:09.137`, for evidence, where milliseconds tell. */
export const preciseTime = (at: number): string => `${TIME.format(at)}.${String(at % 1000).padStart(3, '0')}`;

/** `12:04:09` today, `3 Nov 12:04` this year, `3 Nov 2025` before. */
export function shortTime(at: number, now: number): string {
  const then = new Date(at);
  const today = new Date(now);
  if (then.toDateString() === today.toDateString()) return TIME.format(at);
  if (then.getFullYear() === today.getFullYear()) return `${DAY.format(at)} ${TIME.format(at).slice(0, 5)}`;
  return DAY_YEAR.format(at);
}

/** `3 Nov 2025`. */
export const dayOf = (at: number): string => DAY_YEAR.format(at);

/** `4 s`, `3 min`, `2 h 10 min`, `5 d`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 && hours < 6 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} d`;
}

/** A short span with milliseconds: `0 ms`, `48 ms`, `1.3 s`. */
export function latency(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : span(ms);
}

export function ago(at: number, now: number): string {
  return now - at < 1500 ? 'now' : `${span(now - at)} ago`;
}

const DURATION_WORDS = {
  ms: 'millisecond',
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
} as const;

/** `1h` as `1 hour`. */
export function durationWords(text: string): string {
  const match = /^(\d+)(ms|s|m|h|d|w)$/.exec(text);
  if (!match) return text;
  const unit = DURATION_WORDS[match[2] as keyof typeof DURATION_WORDS];
  return `${match[1]} ${unit}${match[1] === '1' ? '' : 's'}`;
}

/** What `<input type="datetime-local">` holds for this moment. */
export function localInput(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
}
