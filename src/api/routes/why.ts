/**
 * Why an alert has not fired: what the evaluator knows, completed by the store's truth (status, last trigger, who was
 * told) and by how well the instrument is watched.
 */
import type { z } from 'zod';
import type { Alert, AlertId, AlertStatus } from '#domain/alert/alert.ts';
import type { Explanation } from '#domain/alert/explanation.ts';
import type { Armed } from '#domain/alert/member.ts';
import { conditionOn, savedCondition } from '#domain/alert/rule.ts';
import type { Observation } from '#domain/alert/trigger.ts';
import { waitInWords } from '#domain/alert/wait.ts';
import { leavesOf } from '#domain/condition/leaves.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';
import type { WhyView, whyReasonSchema } from '../contract/alert.ts';
import type { ApiDeps } from '../deps.ts';
import { deliveryView } from '../views/delivery.ts';
import { distanceViews, snapshotNow } from '../views/distance.ts';
import { missingWords, timeInUtc } from '../views/missing.ts';
import { ageMs, sessionView } from '../views/price.ts';
import { triggerView } from '../views/trigger.ts';
import { filterSymbol, findInstrument } from './subject.ts';

type Reason = z.output<typeof whyReasonSchema>;

/** Deliveries of one trigger: one a channel and a fallback for each. */
const MAX_DELIVERIES = 100;

/** No evaluator has to know of what is one of these. */
const UNWATCHED: ReadonlySet<string> = new Set(['arming', 'paused', 'done', 'expired']);

/** What is asked about: an alert on one instrument, or one member of an alert over a watchlist. */
type Watched = Armed & { readonly ruleId: AlertId; readonly symbol: InstrumentSymbol };

/** `named` says which member; it may be left out where there is but one thing to ask about. */
export async function watchedBy(deps: ApiDeps, alert: Alert, named: string | undefined): Promise<Watched> {
  const asked = named === undefined ? undefined : await filterSymbol(deps, alert.userId, named);
  if (alert.symbol !== null && (named === undefined || asked === alert.symbol))
    return { ...alert, ruleId: alert.id, symbol: alert.symbol };
  if (alert.symbol === null && named === undefined)
    throw new Failure('bad-request', 'The alert is over a watchlist: say which of its members.', {
      errors: [{ field: 'symbol', message: 'names a member of the watchlist' }],
    });
  const member = asked === undefined ? undefined : await deps.store.alerts.member(alert.userId, alert.id, asked);
  if (member === undefined) throw new Failure('not-found', `The alert does not watch ${named}.`);
  return { ...member, ruleId: member.id };
}

export async function explainAlert(deps: ApiDeps, alert: Alert, watched: Watched): Promise<WhyView> {
  const { store, board, explain, marketTime } = deps;
  const { symbol } = watched;
  const condition = conditionOn(savedCondition(alert), symbol);
  const instrument = board.instrument(symbol) ?? (await findInstrument(deps, alert.userId, symbol));
  const tick = board.tick(symbol);
  const explanation = (await explain([{ id: watched.ruleId, symbol }])).of(symbol, watched.ruleId);
  const known = explanation?.version === watched.version ? explanation : undefined;
  const fired = { alertId: alert.id, ...(alert.watchlist === null ? {} : { symbol }) };
  const [lastTrigger] = (await store.triggers.list(alert.userId, fired, { cursor: null, limit: 1 })).items;
  const deliveries =
    lastTrigger === undefined
      ? []
      : (
          await store.deliveries.list(
            alert.userId,
            { triggerId: lastTrigger.id },
            { cursor: null, limit: MAX_DELIVERIES },
          )
        ).items;
  const now = marketTime();
  const session = sessionView(instrument, now);
  const coverage = board.coverage(instrument);
  const cooldownUntil =
    known === undefined ? cooldownOf(alert, watched.status, lastTrigger?.firedAt ?? null) : known.cooldownUntil;
  const last = known?.last ?? tick ?? null;
  const views = distanceViews(condition, snapshotNow(tick, known), instrument.decimals);
  const isWatched = !UNWATCHED.has(watched.status);
  const { distance } = views;
  // What nobody keeps of one that is not watched is not "not known yet".
  const distances = views.distances.filter(({ value }) => isWatched || value !== null);
  const reasons = new Set<Reason>();
  if (!isWatched) reasons.add(watched.status as Reason);
  if (tick === undefined) reasons.add('no-price');
  else if (await isHeld(deps, instrument, tick)) reasons.add('held');
  if (!session.open && alert.session === 'regular') reasons.add('session-closed');
  // Silence is what some alerts wait for.
  const waitsForSilence = leavesOf(condition).some(({ kind }) => kind === 'no-data');
  if ((coverage === 'blind' || coverage === 'stale') && !waitsForSilence) reasons.add(coverage);
  for (const reason of known?.reasons ?? []) reasons.add(reason);
  if (known === undefined) {
    if (explanation === undefined && isWatched) reasons.add('not-answered');
    if (watched.status === 'cooling') reasons.add('cooling-down');
    reasons.add(distance === null ? 'unknown' : 'not-met');
  }
  const [first = 'not-met'] = reasons;
  const waits = known?.waits ?? [];
  const waitWords = waits.map((wait) => waitInWords(wait, now, timeInUtc)).join(' ');
  return {
    alertId: alert.id,
    symbol,
    status: watched.status,
    epoch: watched.epoch,
    armedAt: watched.armedAt,
    lastSeen: last === null ? null : lastSeenView(last, now),
    coverage,
    session,
    cooldownUntil,
    distance,
    distances,
    reasons: [...reasons],
    waits: [...waits],
    explanation: sentence(
      first,
      distance?.words ?? null,
      missingWords(known?.leaves ?? []),
      waitWords,
      known?.others ?? [],
    ),
    others: (known?.others ?? []).map(({ symbol, last: seen, isStale }) => ({
      ...{ symbol, isStale },
      lastSeen: seen === null ? null : lastSeenView(seen, now),
    })),
    lastTrigger: lastTrigger === undefined ? null : triggerView(lastTrigger),
    deliveries: deliveries.map(deliveryView),
  };
}

function lastSeenView({ price, at, source }: Pick<Observation, 'price' | 'at' | 'source'>, now: number) {
  return { price, at, source, ageMs: ageMs(at, now) };
}

/** What is known without the evaluator; a bar's end is not. */
function cooldownOf({ frequency, cooldownMs }: Alert, status: AlertStatus, firedAt: number | null): number | null {
  return frequency === 'repeat' && status === 'cooling' && firedAt !== null ? firedAt + cooldownMs : null;
}

/** A doubtful price, put aside, is newer than the newest good one. */
async function isHeld({ store }: ApiDeps, { symbol }: Instrument, tick: Tick): Promise<boolean> {
  const counted = await store.prices.rejected(symbol);
  return counted.some(({ reason, lastAt }) => reason === 'held' && lastAt > tick.at);
}

function sentence(
  reason: Reason,
  distance: string | null,
  missing: string | null,
  waits: string,
  others: Explanation['others'],
): string {
  const named = (symbols: readonly { readonly symbol: string }[]): string =>
    symbols.map(({ symbol }) => symbol).join(' and ');
  switch (reason) {
    case 'arming':
      return 'It was just saved and is not watched yet.';
    case 'paused':
      return 'It is paused.';
    case 'done':
      return 'It has fired and is done; resume it to arm it again.';
    case 'expired':
      return 'It has expired.';
    case 'no-price':
      return 'No price of its instrument has been seen yet.';
    case 'held':
      return 'The newest price looks wrong and was put aside until another one agrees.';
    case 'session-closed':
      return 'The market is closed, and the alert watches regular hours.';
    case 'blind':
      return 'No price has come for so long that nothing can be said of the market.';
    case 'stale':
      return 'The newest price is too old to be judged.';
    case 'other-no-price':
      return `No price of ${named(others.filter(({ last }) => last === null))} has been seen yet.`;
    case 'other-stale':
      return `The newest price of ${named(others.filter(({ isStale }) => isStale))} is too old to be judged.`;
    case 'cooling-down':
      return 'It has fired and is cooling down.';
    case 'still-true':
      return 'It has fired, and its condition has not been false since.';
    case 'not-back':
      return 'It has fired, and its value has not gone back far enough to arm again.';
    case 'confirming':
    case 'following':
      return waits;
    case 'not-answered':
      return 'The evaluator does not answer now: this is what is stored. Ask again in a moment.';
    case 'unknown':
      return missing === null
        ? 'A value it looks at is not known yet.'
        : `A value it looks at is not known yet: ${missing}.`;
    case 'not-met':
      return distance === null ? 'Its condition does not hold.' : `Not yet: ${distance}.`;
  }
}
