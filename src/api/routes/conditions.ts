/**
 * `POST /api/v1/conditions/check`: what a condition means and would do, on an instrument or each member of a watchlist,
 * before it is saved.
 */
import type { SessionRule, UserId } from '#domain/alert/alert.ts';
import { conditionOn } from '#domain/alert/rule.ts';
import { type Need, needsOf } from '#domain/condition/needs.ts';
import { reachOf } from '#domain/condition/reach.ts';
import type { Condition } from '#domain/condition/tree.ts';
import { preview, previewRule } from '#domain/engine/preview.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { printDuration } from '#domain/time/duration.ts';
import type { Watchlist } from '#domain/watchlist/watchlist.ts';
import { checkConditionSchema, conditionCheckSchema, MAX_NAMED_MEMBERS } from '../contract/condition.ts';
import type { ApiDeps } from '../deps.ts';
import { withHistory } from '../history/rule-history.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { sentenceOf, sentenceOver } from '../views/alert.ts';
import { distanceViews, snapshotNow } from '../views/distance.ts';
import { missingWords } from '../views/missing.ts';
import { TouchDesk } from '../views/touch.ts';
import { checkCondition, findInstrument, findTarget, findWatchlist, othersOf, readCondition } from './subject.ts';

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
      const read = await readCondition(deps, userId, symbol, body.condition);
      const { condition, canonical, warnings } = read;
      const asked: Asked = { ...read, session: body.session ?? 'regular' };
      const reach = reachOf(condition);
      return {
        symbol,
        canonical,
        unreachable: reach.verdict === 'unreachable' ? reach.reason : null,
        warnings: warnings.map(({ at, length, message }) => ({ at, length, message })),
        needs: needsOf(condition).map((need) => needView(need, symbol)),
        ...(symbol === null
          ? await checkMembers(deps, asked, userId, await findWatchlist(deps, userId, String(watchlist?.id)))
          : await checkInstrument(deps, desk, asked, await findInstrument(deps, userId, symbol))),
      };
    },
  );
}

function needView({ text, symbol, bars, historyMs }: Need, own: string | null) {
  const history = historyMs === null ? 'all' : printDuration(historyMs);
  return { signal: text, symbol: symbol ?? own, bars: bars?.size ?? null, count: bars?.count ?? null, history };
}

interface Asked {
  readonly condition: Condition;
  readonly others: readonly Instrument[];
  readonly session: SessionRule;
}

async function checkInstrument(deps: ApiDeps, desk: TouchDesk, asked: Asked, instrument: Instrument) {
  const { symbol, decimals } = instrument;
  const { condition } = asked;
  const tick = deps.board.tick(symbol);
  const { explanation } = await previewOn(deps, asked, instrument);
  return {
    sentence: sentenceOf(condition, symbol, instrument),
    alreadyTrue: tick === undefined ? null : (explanation?.holds ?? null),
    ...distanceViews(condition, snapshotNow(tick, explanation), decimals),
    missing: tick === undefined ? null : missingWords(explanation?.leaves ?? []),
    members: null,
    touch: tick === undefined ? null : await desk.touch(deps.store.history, deps.clock, condition, tick),
  };
}

/** Candles that are read for one answer about the members of a list: a person is typing. What is beyond is not judged. */
const MAX_CANDLES = 20_000;

async function checkMembers(deps: ApiDeps, asked: Asked, userId: UserId | null, { name, symbols }: Watchlist) {
  const { condition } = asked;
  const holding: InstrumentSymbol[] = [];
  let judged = 0;
  let read = 0;
  for (const symbol of symbols) {
    if (deps.board.tick(symbol) === undefined) continue;
    if (read > MAX_CANDLES) break;
    const instrument = deps.board.instrument(symbol) ?? (await findInstrument(deps, userId, symbol));
    const { explanation, candles } = await previewOn(deps, asked, instrument);
    read += candles;
    const holds = explanation?.holds ?? null;
    if (holds !== null) judged += 1;
    if (holds === true) holding.push(symbol);
  }
  return {
    sentence: sentenceOver(condition, name),
    alreadyTrue: judged === 0 ? null : holding.length > 0,
    distance: null,
    distances: [],
    missing: null,
    members: {
      ...{ total: symbols.length, judged, holding: holding.length },
      symbols: holding.slice(0, MAX_NAMED_MEMBERS),
    },
    touch: null,
  };
}

/** What an alert on it, or over a list that has it, would be now, and how many candles were read for that. */
async function previewOn(
  { store, board, marketTime }: ApiDeps,
  { condition, others: named, session }: Asked,
  instrument: Instrument,
) {
  const at = marketTime();
  const others = named.filter(({ symbol }) => symbol !== instrument.symbol);
  const ticks = [instrument, ...others].flatMap(({ symbol }) => board.tick(symbol) ?? []);
  const rule = previewRule(conditionOn(condition, instrument.symbol), instrument, othersOf(others), session, at);
  const { change, candles } = await withHistory(rule, store.prices, new Set());
  return { explanation: preview(change, ticks, at), candles };
}
