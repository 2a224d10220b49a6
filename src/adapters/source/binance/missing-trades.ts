/**
 * Trades that were not seen, fetched as aggregates (`/api/v3/aggTrades`: fills of one order at one price and time), the
 * only form that needs no key. An aggregate becomes one tick under its last missing id; the sizes of its trades that
 * were seen are taken out, so that no volume counts twice.
 */
import { type Dispatcher, request } from 'undici';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Allowance } from './allowance.ts';
import { readRefusal } from './refusal.ts';
import { readDecimal, type Trade } from './trade-frame.ts';
import type { Hole, TradeLine } from './trade-line.ts';

const PAGE = 1000;
/** Fills more than this are reported as a gap instead: about a minute of the busiest pair at its busiest. */
export const MAX_FILL_TRADES = 20_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** A page is about 130 kB. */
const MAX_BODY_BYTES = 1_048_576;
/** The history may be a moment behind the stream. */
const RETRY_AFTER_MS = [1_000, 3_000];
const SIZE_DECIMALS = 8;

interface Aggregate {
  readonly id: number;
  readonly fromId: number;
  readonly toId: number;
  readonly price: number;
  readonly size: number;
  readonly at: number;
}

export interface MissingTradesOptions {
  readonly restEndpoint: string;
  readonly allowance: Allowance;
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
}

export type Found =
  | { readonly trades: readonly (Omit<Trade, 'volume'> & { readonly volume?: number })[] }
  | { readonly problem: string };

export async function fetchMissing(options: MissingTradesOptions, hole: Hole, line: TradeLine): Promise<Found> {
  const count = hole.toId - hole.fromId + 1;
  if (count > MAX_FILL_TRADES) return { problem: `${count} trades were not seen, more than are fetched` };
  for (const retryAfterMs of [...RETRY_AFTER_MS, null]) {
    const found = await fetchAggregates(options, hole);
    if ('problem' in found) return found;
    if (covers(found.aggregates, hole)) {
      const missing = found.aggregates.filter(({ fromId, toId }) => toId >= hole.fromId && fromId <= hole.toId);
      return { trades: missing.map((aggregate) => tradeOf(aggregate, hole, line)) };
    }
    if (retryAfterMs === null || options.signal.aborted) break;
    await sleep(options.clock, retryAfterMs, options.signal);
  }
  return { problem: `the history does not have the trades ${hole.fromId} to ${hole.toId}` };
}

/** Whether the ids from beginning to end of the hole are all there. */
function covers(aggregates: readonly Aggregate[], hole: Hole): boolean {
  let next = hole.fromId;
  for (const { fromId, toId } of aggregates) if (fromId <= next && toId >= next) next = toId + 1;
  return next > hole.toId;
}

function tradeOf(aggregate: Aggregate, hole: Hole, line: TradeLine): Omit<Trade, 'volume'> & { volume?: number } {
  const { fromId, toId, price, size, at } = aggregate;
  const id = Math.min(toId, hole.toId);
  const trade = { pair: hole.until.pair, id, price, at };
  const before = line.sizeOf(fromId, hole.fromId - 1);
  const behind = line.sizeOf(hole.toId + 1, toId);
  // Where a seen part is not remembered the size is unknown: none is better than a wrong one.
  if (before === undefined || behind === undefined) return trade;
  return { ...trade, volume: Math.max(0, Number((size - before - behind).toFixed(SIZE_DECIMALS))) };
}

async function fetchAggregates(
  options: MissingTradesOptions,
  hole: Hole,
): Promise<{ readonly aggregates: readonly Aggregate[] } | { readonly problem: string }> {
  const aggregates: Aggregate[] = [];
  let query = `startTime=${hole.after.at}`;
  // Every page but the last is full, so the hole's size bounds the pages too.
  for (let page = 0; page * PAGE <= MAX_FILL_TRADES; page += 1) {
    const waiting = options.allowance.wait(options.clock.now());
    if (waiting !== null) return { problem: waiting.detail };
    const answer = await ask(options, `symbol=${hole.until.pair}&limit=${PAGE}&${query}`);
    if (typeof answer === 'string') return { problem: answer };
    aggregates.push(...answer);
    const last = answer.at(-1);
    if (last === undefined || last.toId >= hole.toId || answer.length < PAGE) break;
    query = `fromId=${last.id + 1}`;
  }
  return { aggregates };
}

/** One page, or what was wrong with the answer. */
async function ask(options: MissingTradesOptions, query: string): Promise<readonly Aggregate[] | string> {
  const { clock, allowance, dispatcher } = options;
  const timeout = new AbortController();
  const cancel = clock.after(REQUEST_TIMEOUT_MS, () => timeout.abort());
  try {
    const { statusCode, headers, body } = await request(`${options.restEndpoint}/api/v3/aggTrades?${query}`, {
      dispatcher,
      signal: AbortSignal.any([options.signal, timeout.signal]),
    });
    const text = await readBody(body);
    if (statusCode === 200) return readAggregates(text) ?? 'the history answered something else than trades';
    const retryAfter = headers['retry-after'];
    const refusal = readRefusal(statusCode, String(retryAfter), text, clock.now());
    if (refusal?.kind === 'wait') allowance.ban(refusal);
    return refusal?.detail ?? `the history answered HTTP ${statusCode}`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return timeout.signal.aborted ? 'the history did not answer in time' : `the history cannot be reached: ${reason}`;
  } finally {
    cancel();
  }
}

async function readBody(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function readAggregates(text: string): readonly Aggregate[] | undefined {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(rows)) return undefined;
  const aggregates: Aggregate[] = [];
  for (const row of rows as Record<string, unknown>[]) {
    const [price, size] = [readDecimal(row?.['p']), readDecimal(row?.['q'])];
    const [id, fromId, toId, at] = [row?.['a'], row?.['f'], row?.['l'], row?.['T']];
    if (price === undefined || price === 0 || size === undefined) return undefined;
    if (![id, fromId, toId, at].every((number) => Number.isSafeInteger(number))) return undefined;
    aggregates.push({ id, fromId, toId, at, price, size } as Aggregate);
  }
  return aggregates;
}
