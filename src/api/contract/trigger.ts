/**
 * Triggers with their evidence.
 */
import { z } from 'zod';
import {
  idSchema,
  momentQuerySchema,
  momentSchema,
  pageQueryShape,
  symbolInputSchema,
  symbolSchema,
} from './scalar.ts';

export const observationSchema = z
  .object({
    price: z.number(),
    volume: z.number().optional(),
    at: momentSchema,
    receivedAt: momentSchema,
    source: z.string(),
  })
  .meta({ id: 'Observation' });

export const triggerSchema = z
  .object({
    id: idSchema,
    seq: z.int().describe('Rises with every trigger; the `id` of stream events.'),
    alertId: idSchema,
    alertVersion: z.int(),
    epoch: z.int(),
    symbol: symbolSchema,
    condition: z.string(),
    message: z.string().nullable(),
    severity: z.enum(['normal', 'critical']),
    watchlist: z
      .string()
      .nullable()
      .describe('The name of the watchlist its alert is over, as it was then; null for one on an instrument.'),
    firedAt: momentSchema.describe('Tick time of the firing.'),
    before: observationSchema.nullable().describe('The value before the firing.'),
    after: observationSchema.describe('The value at the firing.'),
    leaves: z.array(
      z.object({
        text: z.string(),
        before: z.number().nullable(),
        after: z.number().nullable(),
        holds: z.boolean(),
        sides: z
          .array(z.object({ text: z.string(), before: z.number().nullable(), after: z.number().nullable() }))
          .optional()
          .describe(
            'Where it compares two signals: both. `before` and `after` are then how far one is above the other.',
          ),
        others: z
          .array(
            z.object({
              symbol: symbolSchema,
              before: observationSchema.nullable(),
              after: observationSchema.nullable(),
            }),
          )
          .optional()
          .describe('What was seen of each other instrument that it looks at.'),
      }),
    ),
    gap: z
      .object({ from: momentSchema, to: momentSchema })
      .nullable()
      .describe('Nothing was seen between these; the condition came true in there.'),
    reminder: z.literal(true).optional().describe('It goes on being true since an earlier trigger.'),
    evaluatedAt: momentSchema,
    recordedAt: momentSchema,
  })
  .meta({ id: 'Trigger' });

export const triggerQuerySchema = z.object({
  ...pageQueryShape,
  alertId: idSchema.optional(),
  symbol: symbolInputSchema.optional(),
  from: momentQuerySchema.optional(),
  to: momentQuerySchema.optional(),
});

/** Most triggers marked as seen at once: a page of a list. */
export const markSeenSchema = z
  .strictObject({ triggerIds: z.array(idSchema).min(1).max(200) })
  .meta({ id: 'MarkSeen' });

export type TriggerView = z.infer<typeof triggerSchema>;
