/**
 * `/api/v1/prices`: the newest, and history as candles.
 */
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { printDuration } from '#domain/time/duration.ts';
import { Failure } from '#errors.ts';
import type { PriceView } from '../contract/instrument.ts';
import { priceSchema } from '../contract/instrument.ts';
import { historyQuerySchema, historySchema, priceQuerySchema } from '../contract/price.ts';
import { listOf } from '../contract/scalar.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { priceView } from '../views/price.ts';
import { symbolParamsSchema } from './instruments.ts';
import { findInstrument, instrumentAt } from './subject.ts';

const tags = ['market'];
/** Shown where a request does not say from when. */
const DEFAULT_CANDLES = 300;
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

export function addPriceRoutes(app: Api, deps: ApiDeps): void {
  const { store, board } = deps;

  app.get(
    '/api/v1/prices',
    {
      schema: {
        ...{ tags, operationId: 'listPrices', summary: 'The newest price of each instrument' },
        querystring: priceQuerySchema,
        response: { 200: listOf(priceSchema), ...PROBLEMS },
      },
    },
    async ({ identity, query }) => {
      const userId = identity?.userId ?? null;
      const asked: (Instrument | undefined)[] = [];
      if (query.symbols === undefined) {
        const symbols: InstrumentSymbol[] = [
          ...board.sharedSymbols(),
          ...(userId === null ? [] : board.privateOf(userId)),
        ];
        asked.push(...symbols.sort().map((symbol) => board.instrument(symbol)));
      } else for (const symbol of query.symbols) asked.push(await findInstrument(deps, userId, symbol));
      const now = deps.marketTime();
      const items: PriceView[] = [];
      for (const instrument of asked) {
        const tick = instrument && board.tick(instrument.symbol);
        if (instrument && tick) items.push(priceView(instrument, tick, board, now));
      }
      return { items, nextCursor: null };
    },
  );

  app.get(
    '/api/v1/prices/:symbol/history',
    {
      schema: {
        ...{ tags, operationId: 'priceHistory', summary: 'Candles, oldest first' },
        params: symbolParamsSchema,
        querystring: historyQuerySchema,
        response: { 200: historySchema, ...PROBLEMS },
      },
    },
    async ({ identity, params, query }) => {
      const { interval, limit, cursor } = query;
      if (interval < SECOND_MS || interval % (interval < MINUTE_MS ? SECOND_MS : MINUTE_MS) !== 0)
        throw new Failure('bad-request', 'There are no candles of this length.', {
          errors: [{ field: 'interval', message: 'must be whole seconds below a minute, else whole minutes' }],
        });
      const { symbol } = await instrumentAt(deps, identity?.userId ?? null, params.symbol);
      // The present candle is not closed yet and belongs to the picture.
      const to = query.to ?? deps.marketTime() + interval;
      const from = cursor ?? query.from ?? Math.max(0, to - DEFAULT_CANDLES * interval);
      if (from > to)
        throw new Failure('bad-request', 'from is after to.', { errors: [{ field: 'from', message: 'is after to' }] });
      const candles = await store.history.candles(symbol, from, to, interval, limit);
      const last = candles.at(-1);
      const isFull = candles.length === limit && last !== undefined && last.at + interval < to;
      return {
        ...{ symbol, from, to },
        interval: printDuration(interval),
        items: candles.map((candle) => ({ ...candle })),
        nextCursor: isFull ? String(last.at + interval) : null,
      };
    },
  );
}
