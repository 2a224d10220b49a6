/**
 * `POST /api/v1/conditions/check`: what a condition means and would do, on an instrument or each member of a watchlist, before it
 * is saved.
 */

import { judge, type Snapshot } from '#domain/condition/judge.ts';
import { windowsOf } from '#domain/condition/leaves.ts';
import { type Need, needsOf } from '#domain/condition/needs.ts';
import { reachOf } from '#domain/condition/reach.ts';
import { type Facts, snapshotOf } from '#domain/condition/snapshot.ts';
import type { Condition } from '#domain/condition/tree.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { printDuration } from '#domain/time/duration.ts';
import type { Watchlist } from '#domain/watchlist/watchlist.ts';
import { checkConditionSchema, conditionCheckSchema, MAX_NAMED_MEMBERS } from '../contract/condition.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { sentenceOf, sentenceOver } from '../views/alert.ts';
import { distanceViews, resting } from '../views/distance.ts';
import { TouchDesk } from '../views/touch.ts';
import { checkCondition, findInstrument, findTarget, findWatchlist, readCondition } from './subject.ts';

export function addConditionRoutes(app: Api, deps: ApiDeps): void {
  const desk = new TouchDesk();

  app.post(
    '/api/v1/conditions/check',
    {
      schema: {
        ...{ tags: ['alerts'], operationId: 'checkCondition', summary: 'What a condition means, before it is saved' },
        body: checkConditionSchema,
        response: { 200: conditionCheckSchema, ...PROBLEMS },
      },
    },
    async ({ identity, body }) => {
      checkCondition(body.condition);
      const userId = identity?.userId ?? null;
      const { symbol, watchlist } = await findTarget(deps, userId, body);
      const { condition, canonical, warnings, others } = await readCondition(deps, userId, symbol, body.condition);
      const reach = reachOf(condition);
      return {
        symbol,
        canonical,
        unreachable: reach.verdict === 'unreachable' ? reach.reason : null,
        warnings: warnings.map(({ at, length, message }) => ({ at, length, message })),
        needs: needsOf(condition).map((need) => needView(need, symbol)),
        ...(symbol === null
          ? await checkMembers(deps, condition, await findWatchlist(deps, userId, String(watchlist?.id)))
          : await checkInstrument(deps, desk, condition, await findInstrument(deps, userId, symbol), others)),
      };
    },
  );
}

function needView({ text, symbol, bars, historyMs }: Need, own: string | null) {
  const history = historyMs === null ? 'all' : printDuration(historyMs);
  return { signal: text, symbol: symbol ?? own, bars: bars?.size ?? null, count: bars?.count ?? null, history };
}

async function checkInstrument(
  deps: ApiDeps,
  desk: TouchDesk,
  condition: Condition,
  instrument: Instrument,
  others: readonly Instrument[],
) {
  const { symbol, decimals } = instrument;
  const tick = deps.board.tick(symbol);
  const snapshot = await snapshotAt(deps, condition, tick, others);
  return {
    sentence: sentenceOf(condition, symbol, instrument),
    alreadyTrue: tick === undefined ? null : judge(condition, snapshot).truth,
    ...distanceViews(condition, snapshot, decimals),
    members: null,
    touch: tick === undefined ? null : await desk.touch(deps.store.prices, deps.clock, condition, tick),
  };
}

/** Members whose past is read for one answer: a person is typing, and each is a question to the store. */
const MAX_PASTS = 200;

async function checkMembers(deps: ApiDeps, condition: Condition, { name, symbols }: Watchlist) {
  const hasPast = [...windowsOf(condition)].length > 0;
  const holding: InstrumentSymbol[] = [];
  let judged = 0;
  for (const symbol of hasPast ? symbols.slice(0, MAX_PASTS) : symbols) {
    const tick = deps.board.tick(symbol);
    if (tick === undefined) continue;
    const { truth } = judge(condition, await snapshotAt(deps, condition, tick, []));
    if (truth !== null) judged += 1;
    if (truth === true) holding.push(symbol);
  }
  return {
    sentence: sentenceOver(condition, name),
    alreadyTrue: judged === 0 ? null : holding.length > 0,
    distance: null,
    distances: [],
    members: {
      ...{ total: symbols.length, judged, holding: holding.length },
      symbols: holding.slice(0, MAX_NAMED_MEMBERS),
    },
    touch: null,
  };
}

/** The newest price with what the condition's windows compare it with, from history. */
async function snapshotAt(
  deps: ApiDeps,
  condition: Condition,
  tick: Tick | undefined,
  others: readonly Instrument[],
): Promise<Snapshot> {
  const windows = windowsOf(condition);
  const bySymbol = new Map<string, Facts>();
  for (const other of others) {
    // What is too old to count is not known; nor is anything before the alert's own instrument was seen.
    const isSeen = tick !== undefined && ['live', 'closed'].includes(deps.board.coverage(other));
    bySymbol.set(other.symbol, await factsAt(deps, windows, isSeen ? deps.board.tick(other.symbol) : undefined));
  }
  return snapshotOf({ ...(await factsAt(deps, windows, tick)), other: (symbol) => bySymbol.get(symbol) });
}

async function factsAt({ store }: ApiDeps, windows: readonly number[], tick: Tick | undefined): Promise<Facts> {
  const past = new Map<number, Tick | undefined>();
  if (tick !== undefined)
    for (const windowMs of windows) past.set(windowMs, await store.prices.at(tick.symbol, tick.at - windowMs));
  return {
    latest: (series) => resting(tick?.[series]),
    past: (series, windowMs) => resting(past.get(windowMs)?.[series]),
  };
}
