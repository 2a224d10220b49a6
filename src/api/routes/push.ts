/**
 * `POST /api/v1/prices`: prices handed to us, so that anything can be watched. A symbol nobody has becomes a private
 * series of the user; shared symbols take the operator's word only; another user's are refused.
 */
import type { UserId } from '#domain/alert/alert.ts';
import { type Instrument, type InstrumentSymbol, parseSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Failure, type FieldProblem } from '#errors.ts';
import { pushAnswerSchema, pushPricesSchema } from '../contract/price.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { idempotencyHeaders, once } from '../http/idempotency.ts';
import { isOperator } from '../http/operator.ts';

/** A pushed series without one for so long is stale, then blind: we do not know its pace, so it is generous. */
const STALE_AFTER_MS = 5 * 60_000;
const BLIND_AFTER_MS = 60 * 60_000;
const SOURCE = 'push';

export function addPushRoute(app: Api, deps: ApiDeps): void {
  app.post(
    '/api/v1/prices',
    {
      schema: {
        ...{ tags: ['market'], operationId: 'pushPrices', summary: 'Push prices, one or many, with an API key' },
        headers: idempotencyHeaders,
        body: pushPricesSchema,
        response: { 200: pushAnswerSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { identity, body } = request;
      const byOperator = isOperator(request, deps.settings.operatorKey);
      if (!byOperator && identity?.via !== 'api-key')
        throw new Failure('not-signed-in', 'Prices are pushed with an API key (x-api-key).');
      const userId = identity?.userId ?? null;
      const work = async () => {
        const pushed = Array.isArray(body) ? body : [body];
        const symbols = await findSymbols(
          deps,
          userId,
          byOperator,
          pushed.map(({ symbol }) => symbol),
        );
        const receivedAt = deps.marketTime();
        const ticks = pushed.map(
          ({ symbol, price, volume, at, sequence }): Tick => ({
            symbol: symbols.get(symbol) as InstrumentSymbol,
            price,
            ...(volume === undefined ? {} : { volume }),
            at: at ?? receivedAt,
            receivedAt,
            source: SOURCE,
            ...(sequence === undefined ? {} : { sequence }),
          }),
        );
        const verdicts = await deps.intake.push(ticks);
        return {
          status: 200,
          body: {
            accepted: verdicts.filter((verdict) => verdict === 'accepted').length,
            items: ticks.map(({ symbol }, index) => ({ symbol, verdict: verdicts[index] ?? 'unknown-instrument' })),
          },
        };
      };
      return identity === null ? reply.send((await work()).body) : once(deps, request, reply, identity, work);
    },
  );
}

/** The canonical symbol of each text; everything that is wrong is told together, before anything is made. */
async function findSymbols(
  deps: ApiDeps,
  userId: UserId | null,
  byOperator: boolean,
  texts: readonly string[],
): Promise<ReadonlyMap<string, InstrumentSymbol>> {
  const { store } = deps;
  const symbols = new Map<string, InstrumentSymbol>();
  const fresh = new Map<InstrumentSymbol, string>();
  const wrong: FieldProblem[] = [];
  for (const text of new Set(texts)) {
    const found = await store.instruments.resolve(userId, text);
    const field = texts.length === 1 ? '/symbol' : `/${texts.indexOf(text)}/symbol`;
    if (found !== undefined) {
      if (found.ownerId === null && !byOperator)
        throw new Failure('not-allowed', `${found.symbol} is shared: only the operator may push its prices.`);
      symbols.set(text, found.symbol);
      continue;
    }
    const symbol = parseSymbol(text);
    if (symbol === undefined)
      wrong.push({ field, message: 'is not a symbol', expected: ['letters, digits, . - ^ = _'] });
    else if (userId === null) throw new Failure('unknown-instrument', `There is no instrument ${text}.`);
    else {
      symbols.set(text, symbol);
      fresh.set(symbol, text);
    }
  }
  if (wrong.length > 0) throw new Failure('bad-request', 'A symbol is not one.', { errors: wrong });
  for (const symbol of fresh.keys()) await createSeries(deps, userId as UserId, symbol);
  if (fresh.size > 0) await deps.board.reload();
  return symbols;
}

async function createSeries({ store, settings }: ApiDeps, userId: UserId, symbol: InstrumentSymbol): Promise<void> {
  const instrument: Instrument = {
    symbol,
    name: symbol,
    kind: 'custom',
    currency: '',
    calendar: '24/7',
    aliases: [],
    providers: { [SOURCE]: symbol },
    decimals: 2,
    staleAfterMs: STALE_AFTER_MS,
    blindAfterMs: BLIND_AFTER_MS,
    ownerId: userId,
  };
  const limit = settings.maxInstrumentsPerUser;
  const made = await store.instruments.createPrivate(instrument, limit);
  if (made === 'limit-reached')
    throw new Failure('limit-reached', `A user may have ${limit} series (MAX_INSTRUMENTS_PER_USER).`);
  if (made === 'taken' && (await store.instruments.resolve(userId, symbol))?.ownerId !== userId)
    throw new Failure('conflict', `The symbol ${symbol} is taken: choose another.`);
}
