/**
 * Checking a condition before it is saved: what it means in a sentence, and whether it would fire at once or never.
 */
import { z } from 'zod';
import { MAX_TEXT_LENGTH } from '#domain/condition/limits.ts';
import { idSchema, symbolInputSchema, symbolSchema } from './scalar.ts';

export const conditionTextSchema = z
  .string()
  .min(1)
  .max(MAX_TEXT_LENGTH)
  .meta({ examples: ['price > 1', 'price crosses above 1000000'] })
  .describe('For example `price crosses above 150`; see the docs of the condition language.');

export const sessionRuleSchema = z.enum(['regular', 'all']).describe('Which hours are watched.');

export const checkConditionSchema = z
  .strictObject({
    symbol: symbolInputSchema.optional().describe('What it would watch; this or `watchlist`.'),
    watchlist: idSchema.optional().describe('Or the id of a watchlist.'),
    condition: conditionTextSchema,
    session: sessionRuleSchema.optional(),
  })
  .meta({ id: 'CheckCondition' });

export const distanceSchema = z
  .object({
    text: z.string().describe('The part of the condition this is about, as canonical text.'),
    value: z.number().nullable().describe('What it looks at now; null where that is unknown.'),
    isMet: z.boolean().describe('It is as the condition needs it. A crossing at rest is not.'),
    amount: z.number().nullable().describe('How much the value has to move; 0 where it is met, null where unknown.'),
    percent: z.number().nullable().describe('The same in percent of the value; in points for values in percent.'),
    words: z.string().describe('The same in words: "price is 61,412.50, 187.50 (0.31%) below 61,600".'),
    brief: z.string().describe('The same in a few words: "187.50 (0.31%) below 61,600".'),
  })
  .meta({ id: 'Distance' });

export const touchSchema = z
  .object({
    level: z.number(),
    withinMs: z.int(),
    chance: z.number().min(0).max(1),
    basisMs: z.int().describe('How much of the past says how the price moves.'),
  })
  .meta({ id: 'Touch' })
  .describe(
    'How likely the price touches the level in this time, if it goes on moving as it has; see docs/backtest.md.',
  );

export const needSchema = z
  .object({
    signal: z.string().describe('What needs it, as canonical text.'),
    symbol: symbolSchema.nullable().describe('The instrument whose past it is; null for that of each member.'),
    bars: z.string().nullable().describe('The size of the bars; null where it is single prices.'),
    count: z.int().nullable().describe('How many closed bars, at least.'),
    history: z.string().describe('How far back, in hours in which the market is open: `200d`, or `all`.'),
  })
  .meta({ id: 'Need' });

/** Members named of those for which a condition holds already. */
export const MAX_NAMED_MEMBERS = 10;

export const memberCheckSchema = z
  .object({
    total: z.int().describe('Members of the list.'),
    judged: z.int().describe('Members it can be judged for now; none is unless all it looks at is known.'),
    holding: z.int().describe('Members for which it is true already: the alert would fire for each of them at once.'),
    symbols: z.array(symbolSchema).max(MAX_NAMED_MEMBERS).describe('The first of these, in the order of the list.'),
  })
  .meta({ id: 'MemberCheck' });

export const conditionCheckSchema = z
  .object({
    symbol: symbolSchema.nullable().describe('Null for a watchlist.'),
    members: memberCheckSchema.nullable().describe('For a watchlist; null for an instrument.'),
    canonical: z.string().describe('The one text form of this condition.'),
    sentence: z.string().describe('What it means, in plain words.'),
    alreadyTrue: z
      .boolean()
      .nullable()
      .describe(
        'True where it holds now (for any member of a watchlist), and would fire at once or when that is confirmed; ' +
          'null where that is unknown.',
      ),
    unreachable: z.string().nullable().describe('Why it can never come true, or null.'),
    warnings: z.array(z.object({ at: z.int(), length: z.int(), message: z.string() })),
    distance: distanceSchema.nullable().describe('The part that decides; null before the first price.'),
    distances: z.array(distanceSchema).describe('Every part, in the order of the text.'),
    needs: z.array(needSchema).describe('What must be known of the past before the condition can be judged.'),
    missing: z
      .string()
      .nullable()
      .describe(
        'What is still to come before it can be judged here: "it needs 143 more bars of 1h"; null where all is known, ' +
          'or nothing tells, and for a watchlist.',
      ),
    touch: touchSchema
      .nullable()
      .optional()
      .describe('Null where there is no single level ahead, or too little history.'),
  })
  .meta({ id: 'ConditionCheck' });

export type CheckCondition = z.input<typeof checkConditionSchema>;
export type ConditionCheck = z.infer<typeof conditionCheckSchema>;
export type TouchView = z.infer<typeof touchSchema>;
export type DistanceView = z.infer<typeof distanceSchema>;
