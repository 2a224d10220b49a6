/**
 * The live stream: Server-Sent Events named like the keys of {@link StreamEvents} with that JSON as data, or the same
 * over WebSocket as `{event, id?, data}` messages. First a snapshot of prices, then what happens. Triggers and
 * deliveries have an id; sent back as `Last-Event-ID` (or `lastEventId=`) every trigger after it comes again, none is left
 * out, and deliveries that changed since come as they are now.
 */
import { z } from 'zod';
import { alertSchema } from './alert.ts';
import { deliverySchema } from './delivery.ts';
import { priceSchema } from './instrument.ts';
import { MAX_SYMBOLS, symbolsQuerySchema } from './price.ts';
import { idSchema, symbolInputSchema } from './scalar.ts';
import { triggerSchema } from './trigger.ts';
import { watchlistSchema } from './watchlist.ts';

/** A price as it moves: `ageMs` and `coverage` follow from `at` and the instrument, so they are not sent. */
export const priceEventSchema = priceSchema
  .omit({ ageMs: true, coverage: true, demo: true })
  .meta({ id: 'PriceEvent' });

/** An alert as it is now, or that it is gone. */
export const alertEventSchema = z
  .union([alertSchema.omit({ coverage: true, distance: true }), z.object({ id: idSchema, deleted: z.literal(true) })])
  .meta({ id: 'AlertEvent' });

/** A watchlist as it is now, or that it is gone. */
export const watchlistEventSchema = z
  .union([watchlistSchema, z.object({ id: idSchema, deleted: z.literal(true) })])
  .meta({ id: 'WatchlistEvent' });

export const closingSchema = z.object({
  reason: z.string(),
  retryMs: z.int().describe('Come back after this long: each client is told another time.'),
});

export const streamEventSchema = z
  .discriminatedUnion('event', [
    z.object({ event: z.literal('price'), data: priceEventSchema }),
    z.object({ event: z.literal('alert'), data: alertEventSchema }),
    z.object({ event: z.literal('trigger'), id: z.string(), data: triggerSchema }),
    z.object({ event: z.literal('delivery'), id: z.string(), data: deliverySchema }),
    z.object({ event: z.literal('watchlist'), data: watchlistEventSchema }),
    z.object({ event: z.literal('ready'), id: z.string(), data: z.object({}) }).describe('WebSocket only, the first.'),
    z.object({ event: z.literal('closing'), data: closingSchema }).describe('The last: we end the connection.'),
  ])
  .meta({ id: 'StreamEvent' });

/** The last trigger's seq, and the time up to which deliveries were told (absent: from now on). */
export const lastEventIdSchema = z.string().regex(/^\d{1,15}(\.\d{1,15})?$/);

/** Longest time for which a client may have its ticks gathered. */
export const MAX_WINDOW_MS = 5000;

export const windowSchema = z
  .string()
  .regex(/^\d{1,4}(ms|s)?$/)
  .transform((text) => Number.parseInt(text, 10) * (/\ds$/.test(text) ? 1000 : 1))
  .refine((ms) => ms <= MAX_WINDOW_MS, 'must be at most 5s')
  .describe('Ticks of so long go out together, the newest of each symbol: 0 for each tick, up to 5s.');

export const streamQuerySchema = z.object({
  symbols: symbolsQuerySchema.optional(),
  window: windowSchema.optional(),
  lastEventId: lastEventIdSchema.optional().describe('Like the header, for clients that cannot set one.'),
});

/** What a WebSocket client may say: which symbols it wants from now on (null for all), and in which window. */
export const clientMessageSchema = z
  .strictObject({ symbols: z.array(symbolInputSchema).max(MAX_SYMBOLS).nullable(), window: windowSchema.optional() })
  .meta({ id: 'ClientMessage' });

export type PriceEventView = z.infer<typeof priceEventSchema>;
export type AlertEventView = z.infer<typeof alertEventSchema>;
export type WatchlistEventView = z.infer<typeof watchlistEventSchema>;
export type StreamEvent = z.infer<typeof streamEventSchema>;
export type ClientMessage = z.input<typeof clientMessageSchema>;
