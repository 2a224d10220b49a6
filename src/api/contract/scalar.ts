/**
 * The small parts every request and response is made of. Times are ms UTC in answers; in requests also ISO 8601.
 * Durations are texts such as `15m`.
 */
import { z } from 'zod';
import { SYMBOL_PATTERN } from '#domain/market/instrument.ts';
import { MAX_DURATION_MS, parseDuration } from '#domain/time/duration.ts';

/** The last moment there is: the end of 4999. */
const MAX_MOMENT_MS = 95_617_583_999_999;
const isoSchema = z.iso.datetime({ offset: true }).regex(/^(19[7-9]\d|[2-4]\d{3})-/);
const parseMoment = (text: string): number => Math.min(Math.max(Date.parse(text), 0), MAX_MOMENT_MS);

export const momentSchema = z.int().min(0).max(MAX_MOMENT_MS).describe('Milliseconds since 1970-01-01 UTC.');

/** A moment in a body: milliseconds, or an ISO 8601 text with a zone. */
export const momentInputSchema = z
  .union([momentSchema, isoSchema])
  .transform((value) => (typeof value === 'number' ? value : parseMoment(value)))
  .describe('Milliseconds since 1970-01-01 UTC, or an ISO 8601 text such as 2026-05-01T12:00:00Z.');

/** A moment in a query string. */
export const momentQuerySchema = z
  .union([z.string().regex(/^\d{1,15}$/), isoSchema])
  .transform((value) => (/^\d+$/.test(value) ? Math.min(Number(value), MAX_MOMENT_MS) : parseMoment(value)))
  .describe('Milliseconds since 1970-01-01 UTC, or an ISO 8601 text such as 2026-05-01T12:00:00Z.');

/** A duration that is not zero, as milliseconds after parsing. */
export const durationSchema = z
  .string()
  .regex(/^\d{1,12}(ms|s|m|h|d|w)$/)
  .refine((text) => parseDuration(text) !== undefined, 'must be between 1ms and 520w')
  .transform((text) => parseDuration(text) as number)
  .describe('A duration such as 30s, 15m, 1h or 1d.');

/** A duration that may be zero: text, or milliseconds. */
export const cooldownInputSchema = z
  .union([z.int().min(0).max(MAX_DURATION_MS), z.string().regex(/^\d{1,12}(ms|s|m|h|d|w)$/)])
  .refine(
    (value) => typeof value === 'number' || /^0+[a-z]+$/.test(value) || parseDuration(value) !== undefined,
    'must be at most 520w',
  )
  .transform((value) => (typeof value === 'number' ? value : (parseDuration(value) ?? 0)))
  .describe('A duration such as 15m or 1h, 0s for none; or milliseconds.');

/** What a person may type for an instrument: its symbol or an alias, in any case. */
export const symbolInputSchema = z
  .string()
  .trim()
  .min(1)
  .max(32)
  .meta({ examples: ['DEMO-OAK'] })
  .describe('A symbol or alias, in any case.');

/** A canonical symbol, as answers have it. */
export const symbolSchema = z.string().regex(SYMBOL_PATTERN);

/** The longest is a delivery's: of an alert, its member, an arming and a channel. */
export const idSchema = z.string().regex(/^[A-Za-z0-9_.-]{1,120}$/);

export const idParamsSchema = z.object({ id: idSchema });

/** Some of these values, separated by commas. */
export function someOf<const T extends string>(values: readonly T[]) {
  const one = `(${values.join('|')})`;
  return z
    .string()
    .regex(new RegExp(`^${one}(,${one}){0,${values.length - 1}}$`))
    .transform((text) => text.split(',') as T[]);
}

/** The page of a list that is asked for. */
export const pageQueryShape = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(512).optional().describe('`nextCursor` of the page before.'),
};

/** A list: `nextCursor` is null at the end. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export interface List<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}
