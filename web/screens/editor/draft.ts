/** What a person is writing: an alert that is not saved, as the form holds it. */
import type { AlertView, CreateAlert, UpdateAlert } from '#api/contract/alert.ts';
import type { BarSize } from '#domain/signal/bar/bar.ts';
import type { Target } from '../../api/queries.ts';
import type { TriedAlert } from '../../chart/would-fire.ts';
import { localInput } from '../../words/moments.ts';

export interface Draft {
  /** The instrument; over a watchlist, the member it is tried on. */
  readonly symbol: string;
  /** The id of the watchlist it is over, empty until one is chosen; null for an alert on an instrument. */
  readonly watchlist: string | null;
  readonly condition: string;
  readonly frequency: AlertView['frequency'];
  readonly cooldown: string;
  /** As typed: 1% or 250; empty for none. */
  readonly rearm: string;
  /** Empty for none. */
  readonly remindEvery: string;
  readonly bar: BarSize;
  /** As `datetime-local` has it; empty for never. */
  readonly expires: string;
  readonly session: 'regular' | 'all';
  readonly gap: 'fire' | 'skip';
  readonly severity: 'normal' | 'critical';
  readonly message: string;
  readonly channels: readonly string[];
}

export const freshDraft = (symbol: string, condition: string, watchlist: string | null): Draft => ({
  symbol,
  watchlist,
  condition,
  frequency: 'once',
  cooldown: '1h',
  rearm: '',
  remindEvery: '',
  bar: '5m',
  expires: '',
  session: 'regular',
  gap: 'fire',
  severity: 'normal',
  message: '',
  channels: [],
});

export const draftOf = (alert: AlertView): Draft => ({
  symbol: alert.symbol ?? '',
  watchlist: alert.watchlist?.id ?? null,
  condition: alert.condition,
  frequency: alert.frequency,
  cooldown: alert.cooldown,
  rearm: alert.rearm ?? '',
  remindEvery: alert.remindEvery ?? '',
  bar: alert.bar ?? '5m',
  expires: alert.expiresAt === null ? '' : localInput(alert.expiresAt),
  session: alert.session,
  gap: alert.gap,
  severity: alert.severity,
  message: alert.message ?? '',
  channels: alert.channels,
});

function policyOf(draft: Draft) {
  return {
    condition: draft.condition.trim(),
    frequency: draft.frequency,
    ...(draft.frequency === 'repeat'
      ? { cooldown: draft.cooldown, rearm: draft.rearm.trim() || null, remindEvery: draft.remindEvery || null }
      : {}),
    ...(draft.frequency === 'once-per-bar' ? { bar: draft.bar } : {}),
    expiresAt: draft.expires === '' ? null : new Date(draft.expires).getTime(),
    session: draft.session,
    gap: draft.gap,
    severity: draft.severity,
    message: draft.message.trim() || null,
    channels: [...draft.channels],
  };
}

/** What it is to watch; null while nothing is chosen. */
export function targetOf({ symbol, watchlist }: Pick<Draft, 'symbol' | 'watchlist'>): Target | null {
  if (watchlist !== null) return watchlist === '' ? null : { watchlist };
  return symbol === '' ? null : { symbol };
}

export const createOf = (draft: Draft): CreateAlert => ({ ...targetOf(draft), ...policyOf(draft) });

/** What of it decides when it fires. */
export const triedOf = ({
  condition,
  frequency,
  cooldown,
  rearm,
  remindEvery,
  bar,
  session,
  gap,
}: Draft): TriedAlert => ({
  condition: condition.trim(),
  rearm: rearm.trim(),
  ...{ frequency, cooldown, remindEvery, bar, session, gap },
});

/** Only what is different: an alert whose message alone has changed stays armed as it is. */
export function updateOf(draft: Draft, alert: AlertView): UpdateAlert {
  const before: Readonly<Record<string, unknown>> = policyOf(draftOf(alert));
  return Object.fromEntries(
    Object.entries(policyOf(draft)).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  );
}
