/**
 * Checking a condition before it is saved: what it means in a sentence, and whether it would fire at once or never.
 */
import { z } from 'zod';
import { symbolInputSchema, symbolSchema } from './scalar.ts';

/** Longest text of a condition; the parser has its own limits on depth and leaves. */
export const MAX_CONDITION_LENGTH = 1000;

export const conditionTextSchema = z
  .string()
  .min(1)
  .max(MAX_CONDITION_LENGTH)
  .describe('For example `price crosses above 150`; see the docs of the condition language.');

export const sessionRuleSchema = z.enum(['regular', 'all']).describe('Which hours are watched.');

export const checkConditionSchema = z
  .strictObject({
    symbol: symbolInputSchema,
    condition: conditionTextSchema,
    session: sessionRuleSchema.optional(),
  })
  .meta({ id: 'CheckCondition' });

export const distanceSchema = z
  .object({
    text: z.string().describe('The part of the condition this is about, as canonical text.'),
    value: z.number().nullable().describe('What its signal is now; null where that is unknown.'),
    level: z.number().describe('The nearest level at which this part changes.'),
    amount: z.number().nullable().describe('level - value.'),
    percent: z.number().nullable().describe('The amount as a percentage of the value, for prices and volumes.'),
    holds: z.boolean().nullable().describe('Whether this part is true now; null where that is unknown.'),
  })
  .meta({ id: 'Distance' });

export const conditionCheckSchema = z
  .object({
    symbol: symbolSchema,
    canonical: z.string().describe('The one text form of this condition.'),
    sentence: z.string().describe('What it means, in plain words.'),
    alreadyTrue: z.boolean().nullable().describe('True where it would fire at once; null where that is unknown.'),
    unreachable: z.string().nullable().describe('Why it can never come true, or null.'),
    distances: z.array(distanceSchema),
  })
  .meta({ id: 'ConditionCheck' });

export type CheckCondition = z.input<typeof checkConditionSchema>;
export type ConditionCheck = z.infer<typeof conditionCheckSchema>;
export type DistanceView = z.infer<typeof distanceSchema>;
