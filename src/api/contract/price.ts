/**
 * Latest prices, their history as candles, and prices that are pushed in.
 */
import { z } from 'zod';
import {
  durationSchema,
  momentInputSchema,
  momentQuerySchema,
  momentSchema,
  symbolInputSchema,
  symbolSchema,
} from './scalar.ts';

/** Most ticks of one push; a larger body would be refused by size soon after. */
export const MAX_PUSHED_TICKS = 5000;
/** Most candles of one answer, about what a chart can show at once. */
export const MAX_CANDLES = 5000;
/** Most symbols one request may name. */
export const MAX_SYMBOLS = 1000;

/** `A,B,C` as a list; at most {@link MAX_SYMBOLS}. */
export const symbolsQuerySchema = z
  .string()
  .min(1)
  .max(33 * MAX_SYMBOLS)
  .transform((text) => [
    ...new Set(
      text
        .split(',')
        .map((symbol) => symbol.trim())
        .filter((symbol) => symbol !== ''),
    ),
  ])
  .refine((symbols) => symbols.length <= MAX_SYMBOLS, `at most ${MAX_SYMBOLS} symbols`)
  .describe('Symbols or aliases, separated by commas; all where it is absent.');

export const priceQuerySchema = z.object({ symbols: symbolsQuerySchema.optional() });

export const candleSchema = z
  .object({
    at: momentSchema.describe('Start of the bucket, aligned to the UTC epoch.'),
    open: z.number(),
    high: z.number(),
    low: z.number(),
    close: z.number(),
    volume: z.number(),
    trades: z.int(),
  })
  .meta({ id: 'Candle' });

export const historyQuerySchema = z.object({
  from: momentQuerySchema.optional().describe('Inclusive; 300 intervals before `to` where it is absent.'),
  to: momentQuerySchema.optional().describe('Exclusive; now where it is absent.'),
  interval: durationSchema.prefault('1m').describe('Length of a candle, 1s or more; whole minutes above one minute.'),
  limit: z.coerce.number().int().min(1).max(MAX_CANDLES).default(1000),
  cursor: momentQuerySchema.optional().describe('`nextCursor` of the page before; stands in for `from`.'),
});

export const historySchema = z
  .object({
    symbol: symbolSchema,
    interval: z.string(),
    from: momentSchema,
    to: momentSchema,
    items: z.array(candleSchema),
    nextCursor: z.string().nullable().describe('Null at the end.'),
  })
  .meta({ id: 'History' });

export const pushedTickSchema = z
  .strictObject({
    symbol: symbolInputSchema,
    price: z.number(),
    volume: z.number().min(0).optional(),
    at: momentInputSchema.optional().describe('Trade time; the time of arrival where it is absent.'),
    sequence: z.int().min(0).optional().describe('Your own running number for this symbol; repeats are dropped.'),
  })
  .meta({ id: 'PushedTick' });

export const pushPricesSchema = z
  .union([pushedTickSchema, z.array(pushedTickSchema).min(1).max(MAX_PUSHED_TICKS)])
  .describe(`One tick, or up to ${MAX_PUSHED_TICKS}.`);

export const verdictSchema = z
  .enum([
    'accepted',
    'held',
    'late',
    'repeated',
    'stale',
    'future',
    'not-a-number',
    'not-positive',
    'scale-error',
    'off-range',
    'unknown-instrument',
  ])
  .describe('accepted: evaluated. held: kept back until another agrees. Everything else: not evaluated, and why.');

export const pushAnswerSchema = z
  .object({
    accepted: z.int(),
    items: z.array(z.object({ symbol: symbolSchema, verdict: verdictSchema })).describe('In the order of the request.'),
  })
  .meta({ id: 'PushAnswer' });

export const sourceSchema = z
  .object({
    name: z.string(),
    demo: z.boolean(),
    state: z.enum(['connecting', 'live', 'stalled', 'waiting', 'ended', 'failed']),
    detail: z.string(),
    lastTickAt: momentSchema.nullable(),
  })
  .meta({ id: 'Source' });

export type CandleView = z.infer<typeof candleSchema>;
export type HistoryView = z.infer<typeof historySchema>;
export type PushAnswer = z.infer<typeof pushAnswerSchema>;
export type SourceView = z.infer<typeof sourceSchema>;
