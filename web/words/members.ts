/** In which states the members of an alert over a watchlist are, in words. */
import type { AlertView } from '#api/contract/alert.ts';
import { count } from './figures.ts';

const ORDER = ['armed', 'arming', 'cooling', 'paused', 'done', 'expired'] as const;
const NAMES = {
  armed: 'armed',
  arming: 'arming',
  cooling: 'cooling down',
  paused: 'paused',
  done: 'done',
  expired: 'expired',
};

/** `12 armed · 3 cooling down`. */
export function membersWords(members: NonNullable<AlertView['members']>): string {
  const some = ORDER.filter((status) => members[status] > 0);
  if (some.length === 0) return 'no members yet';
  return some.map((status) => `${members[status]} ${NAMES[status]}`).join(' · ');
}

/** `OAK, ELM and 3 more`. */
export function namesWords(symbols: readonly string[], total: number): string {
  const more = total - symbols.length;
  return more > 0 ? `${symbols.join(', ')} and ${count(more, 'more', 'more')}` : symbols.join(', ');
}
