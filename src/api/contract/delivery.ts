/**
 * Deliveries: triggers on their way to channels, with what the far end answered to each attempt.
 */
import { z } from 'zod';
import { idSchema, momentSchema, pageQueryShape, someOf } from './scalar.ts';

export const deliveryStatusSchema = z.enum(['queued', 'sending', 'retrying', 'accepted', 'delivered', 'seen', 'dead']);

export const outcomeSchema = z
  .enum(['accepted', 'refused', 'failed'])
  .describe('refused: a permanent no. failed: it may go better later.');

export const deliverySchema = z
  .object({
    id: idSchema,
    triggerId: idSchema,
    channelId: idSchema,
    status: deliveryStatusSchema,
    attempts: z.array(
      z.object({
        at: momentSchema,
        durationMs: z.number(),
        outcome: outcomeSchema,
        code: z.int().nullable(),
        detail: z.string(),
      }),
    ),
    nextAttemptAt: momentSchema.nullable(),
    fallbackFor: idSchema.nullable().describe('The dead delivery this one stands in for.'),
    createdAt: momentSchema,
    updatedAt: momentSchema,
  })
  .meta({ id: 'Delivery' });

export const deliveryQuerySchema = z.object({
  ...pageQueryShape,
  triggerId: idSchema.optional(),
  channelId: idSchema.optional(),
  status: someOf(deliveryStatusSchema.options).optional().describe('Statuses, separated by commas.'),
});

export type DeliveryView = z.infer<typeof deliverySchema>;
