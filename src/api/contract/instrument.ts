/**
 * What can be watched, and how well it is being watched right now.
 */
import { z } from 'zod';
import { momentSchema, symbolSchema } from './scalar.ts';

export const coverageSchema = z
  .enum(['live', 'stale', 'blind', 'closed', 'none'])
  .describe(
    'live: fresh ticks. stale, blind: none for too long in an open session. closed: no session. none: never seen.',
  );

export const calendarSchema = z.enum(['24/7', 'XNYS', 'XLON', 'FX']);

export const priceSchema = z
  .object({
    symbol: symbolSchema,
    price: z.number(),
    volume: z.number().nullable(),
    at: momentSchema.describe("The provider's trade time, ms UTC."),
    receivedAt: momentSchema,
    source: z.string(),
    demo: z.boolean().describe('True where the price is not of a real market.'),
    ageMs: z.int().min(0).describe('How old it is by the trade time, at the time of this answer.'),
    coverage: coverageSchema,
  })
  .meta({ id: 'Price' });

export const instrumentSchema = z
  .object({
    symbol: symbolSchema,
    name: z.string(),
    kind: z.enum(['stock', 'etf', 'crypto', 'fx', 'index', 'commodity', 'custom', 'demo']),
    currency: z.string(),
    calendar: calendarSchema,
    aliases: z.array(z.string()),
    decimals: z.int().describe('Digits after the point that a price is shown with at least.'),
    staleAfterMs: z.int(),
    blindAfterMs: z.int(),
    own: z.boolean().describe('True for a series this user pushes; nobody else sees it.'),
    session: z.object({ open: z.boolean(), until: momentSchema.nullable() }),
    coverage: coverageSchema,
    price: priceSchema.nullable(),
  })
  .meta({ id: 'Instrument' });

export const instrumentQuerySchema = z.object({
  q: z.string().trim().max(64).default('').describe('Symbol, alias or part of a name; everything where it is empty.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export type Coverage = z.infer<typeof coverageSchema>;
export type InstrumentView = z.infer<typeof instrumentSchema>;
export type PriceView = z.infer<typeof priceSchema>;
