/**
 * Watchlists as requests say them and answers show them.
 */
import { z } from 'zod';
import { idSchema, momentSchema, symbolInputSchema, symbolSchema } from './scalar.ts';

/** The most the server's own limit (MAX_WATCHLIST_MEMBERS) can be set to. */
const MOST_MEMBERS = 10_000;

const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .describe('Unique among your lists, whatever the case.')
  .meta({ examples: ['Favourites'] });
const membersSchema = z
  .array(symbolInputSchema)
  .max(MOST_MEMBERS)
  .describe('Symbols or aliases, in your order; one that comes twice counts once.');
const versionSchema = z
  .int()
  .min(1)
  .optional()
  .describe('The version this change was made on: if the list has another by now, it is refused with `conflict`.');

export const createWatchlistSchema = z
  .strictObject({ name: nameSchema, symbols: membersSchema.default([]) })
  .meta({ id: 'CreateWatchlist' });

export const updateWatchlistSchema = z
  .strictObject({
    name: nameSchema.optional(),
    symbols: membersSchema.optional().describe('All members, in the order they are to have.'),
    version: versionSchema,
  })
  .meta({ id: 'UpdateWatchlist' });

export const addMembersSchema = z
  .strictObject({
    symbols: membersSchema.min(1).describe('New members; those that are in the list already stay where they are.'),
    at: z.int().min(0).max(MOST_MEMBERS).optional().describe('The place of the first new one; the end if absent.'),
  })
  .meta({ id: 'AddMembers' });

export const memberParamsSchema = z.object({ id: idSchema, symbol: symbolInputSchema });

export const watchlistSchema = z
  .object({
    id: idSchema,
    name: z.string(),
    symbols: z.array(symbolSchema).describe("The members, in the user's order."),
    version: z.int().describe('Rises with every change.'),
    createdAt: momentSchema,
    updatedAt: momentSchema,
  })
  .meta({ id: 'Watchlist' });

export type CreateWatchlist = z.input<typeof createWatchlistSchema>;
export type UpdateWatchlist = z.input<typeof updateWatchlistSchema>;
export type WatchlistView = z.infer<typeof watchlistSchema>;
