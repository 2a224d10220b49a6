/**
 * `POST /api/v1/conditions/check`: what a condition means and would do, before it is saved.
 */

import { judge } from '#domain/condition/judge.ts';
import { windowsOf } from '#domain/condition/leaves.ts';
import { type Need, needsOf } from '#domain/condition/needs.ts';
import { reachOf } from '#domain/condition/reach.ts';
import { snapshotOf } from '#domain/condition/snapshot.ts';
import type { Condition } from '#domain/condition/tree.ts';
import type { Tick } from '#domain/market/tick.ts';
import { printDuration } from '#domain/time/duration.ts';
import { checkConditionSchema, conditionCheckSchema } from '../contract/condition.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { sentenceOf } from '../views/alert.ts';
import { distanceViews, resting } from '../views/distance.ts';
import { TouchDesk } from '../views/touch.ts';
import { findInstrument, readCondition } from './subject.ts';

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
      const { condition, canonical, warnings } = readCondition(body.condition);
      const instrument = await findInstrument(deps, identity?.userId ?? null, body.symbol);
      const { symbol } = instrument;
      const tick = deps.board.tick(symbol);
      const snapshot = await snapshotAt(deps, condition, tick);
      const reach = reachOf(condition);
      return {
        symbol,
        canonical,
        sentence: sentenceOf(condition, symbol, instrument),
        alreadyTrue: tick === undefined ? null : judge(condition, snapshot).truth,
        unreachable: reach.verdict === 'unreachable' ? reach.reason : null,
        warnings: warnings.map(({ at, length, message }) => ({ at, length, message })),
        ...distanceViews(condition, snapshot, instrument.decimals),
        needs: needsOf(condition).map((need) => needView(need, symbol)),
        touch: tick === undefined ? null : await desk.touch(deps.store.prices, deps.clock, condition, tick),
      };
    },
  );
}

function needView({ text, symbol, bars, historyMs }: Need, own: string) {
  const history = historyMs === null ? 'all' : printDuration(historyMs);
  return { signal: text, symbol: symbol ?? own, bars: bars?.size ?? null, count: bars?.count ?? null, history };
}

/** The newest price with what the condition's windows compare it with, from history. */
async function snapshotAt({ store }: ApiDeps, condition: Condition, tick: Tick | undefined) {
  const past = new Map<number, Tick | undefined>();
  if (tick !== undefined)
    for (const windowMs of windowsOf(condition))
      past.set(windowMs, await store.prices.at(tick.symbol, tick.at - windowMs));
  return snapshotOf({
    latest: (series) => resting(tick?.[series]),
    past: (series, windowMs) => resting(past.get(windowMs)?.[series]),
  });
}
