/**
 * A back-test: the question, and the lines of its answer. The answer is NDJSON, one JSON object a line, as it comes:
 * `started`, then `progress` and `firing` in between, at last `done` or `failed`.
 */
import { z } from 'zod';
import { createAlertSchema } from './alert.ts';
import { problemSchema } from './problem.ts';
import { momentInputSchema, momentSchema, symbolInputSchema, symbolSchema } from './scalar.ts';

/** The longest history of one test: two years with room, 1.6 million bars of a minute. */
export const MAX_BACKTEST_DAYS = 1100;
/** Firings that are listed one by one; all of them are counted. */
export const MAX_LISTED_FIRINGS = 1000;

export const createBacktestSchema = z
  .strictObject({
    symbol: symbolInputSchema,
    ...createAlertSchema.pick({ condition: true, cooldown: true, session: true, gap: true }).shape,
    ...createAlertSchema.pick({ rearm: true, remindEvery: true, bar: true }).shape,
    frequency: createAlertSchema.shape.frequency
      .unwrap()
      .default('repeat')
      .describe('`once` ends at the first firing; `repeat` tells how often it would have fired.'),
    from: momentInputSchema
      .optional()
      .describe(`When the alert is armed; the beginning of history, at most ${MAX_BACKTEST_DAYS} days, if absent.`),
    to: momentInputSchema.optional().describe('Exclusive; now where it is absent.'),
  })
  .meta({ id: 'CreateBacktest' });

export const firingSchema = z
  .object({
    firedAt: momentSchema,
    price: z.number().describe('Of the tick that fired it: within a bar one of open, high, low and close.'),
    before: z.number().nullable().describe('The price before; null where it held already at the beginning.'),
    gap: z.object({ from: momentSchema, to: momentSchema }).nullable(),
    after: z
      .array(z.number().nullable())
      .length(3)
      .describe('Change of the price in percent after 1 h, 1 d and 5 d; null where unknown.'),
  })
  .meta({ id: 'BacktestFiring' });

export const backtestResultSchema = z
  .object({
    from: momentSchema,
    to: momentSchema,
    bars: z.int().describe('Bars of a minute that were there.'),
    count: z.int().describe('How often it would have fired.'),
    listed: z.int().describe(`How many of these were sent as lines, the first ${MAX_LISTED_FIRINGS}.`),
    perMonth: z.number().nullable().describe('Firings in 30 days, on average; null for less than a day.'),
    months: z.array(z.object({ month: z.string().regex(/^\d{4}-\d{2}$/), count: z.int() })).describe('In UTC.'),
    outcomes: z
      .array(
        z.object({
          horizonMs: z.int(),
          known: z.int().describe('Firings of which it is known.'),
          higher: z.int().describe('How many of them stood higher than at the firing.'),
          mean: z.number().nullable(),
          lowest: z.number().nullable(),
          highest: z.number().nullable(),
        }),
      )
      .describe('After 1 h, 1 d and 5 d, in percent.'),
  })
  .meta({ id: 'BacktestResult' });

export const backtestLineSchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('started'),
      symbol: symbolSchema,
      canonical: z.string(),
      from: momentSchema,
      to: momentSchema,
    }),
    z.object({
      kind: z.literal('progress'),
      at: momentSchema.describe('How far it has come in history.'),
      part: z.number().min(0).max(1),
      count: z.int().describe('Firings so far.'),
    }),
    z.object({ kind: z.literal('firing'), firing: firingSchema }),
    z.object({ kind: z.literal('done'), result: backtestResultSchema }),
    z.object({ kind: z.literal('failed'), problem: problemSchema }),
  ])
  .meta({ id: 'BacktestLine' });

export type CreateBacktest = z.input<typeof createBacktestSchema>;
export type FiringView = z.infer<typeof firingSchema>;
export type BacktestResultView = z.infer<typeof backtestResultSchema>;
export type BacktestLine = z.infer<typeof backtestLineSchema>;
