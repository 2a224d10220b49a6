/**
 * Alerts as requests say them and answers show them, and the answer to "why has it not fired?".
 */
import { z } from 'zod';
import type { Hysteresis } from '#domain/alert/alert.ts';
import { parseHysteresis } from '#domain/alert/hysteresis.ts';
import { BAR_SIZES } from '#domain/signal/bar/bar.ts';
import { conditionTextSchema, distanceSchema, sessionRuleSchema } from './condition.ts';
import { deliverySchema } from './delivery.ts';
import { coverageSchema } from './instrument.ts';
import {
  cooldownInputSchema,
  durationSchema,
  idSchema,
  momentInputSchema,
  momentSchema,
  pageQueryShape,
  someOf,
  symbolInputSchema,
  symbolSchema,
} from './scalar.ts';
import { triggerSchema } from './trigger.ts';

/** Most channels of one alert. */
export const MAX_ALERT_CHANNELS = 20;
export const MAX_MESSAGE_LENGTH = 1000;
/** A reminder is a message to a person. */
const MIN_REMINDER_MS = 60_000;

export const alertStatusSchema = z
  .enum(['arming', 'armed', 'cooling', 'paused', 'done', 'expired'])
  .describe('arming: saved, the evaluator has not confirmed it yet. cooling: fired, armed again after the cooldown.');

const frequencySchema = z
  .enum(['once', 'repeat', 'once-per-bar'])
  .describe('once-per-bar: at most once in each bar of `bar`, whether or not it has been false in between.');
const rearmInputSchema = z
  .string()
  .max(40)
  .refine((text) => parseHysteresis(text) !== undefined, 'must be a number above zero, such as 1% or 250')
  .transform((text) => parseHysteresis(text) as Hysteresis)
  .nullable()
  .describe('For `repeat`: arms again only when the value has gone back this far beyond its level: 1%, or 250.');
const remindSchema = durationSchema
  .refine((ms) => ms >= MIN_REMINDER_MS, 'must be at least 1m')
  .nullable()
  .describe('For `repeat`: fires again after each such time in which the condition still holds.');
const barSchema = z.enum(BAR_SIZES).describe('For `once-per-bar`: the bar; 5m where it is absent.');
const gapSchema = z.enum(['fire', 'skip']).describe('What a crossing does that happened while nothing was seen.');
const severitySchema = z.enum(['normal', 'critical']);
const messageSchema = z.string().max(MAX_MESSAGE_LENGTH).nullable();
const channelIdsSchema = z
  .array(idSchema)
  .max(MAX_ALERT_CHANNELS)
  .describe('Ids of channels, in order of preference; the page always gets it.');

export const createAlertSchema = z
  .strictObject({
    symbol: symbolInputSchema.optional().describe('What it watches; this or `watchlist`.'),
    watchlist: idSchema.optional().describe('Or the id of a watchlist: each of its members is watched by itself.'),
    condition: conditionTextSchema,
    frequency: frequencySchema.default('once'),
    cooldown: cooldownInputSchema.optional().describe('For `repeat`: not again before this; 1h where it is absent.'),
    expiresAt: momentInputSchema.nullable().default(null),
    session: sessionRuleSchema.default('regular'),
    gap: gapSchema.default('fire'),
    rearm: rearmInputSchema.default(null),
    remindEvery: remindSchema.default(null),
    bar: barSchema.optional(),
    severity: severitySchema.default('normal'),
    message: messageSchema.default(null),
    channels: channelIdsSchema.default([]),
  })
  .meta({ id: 'CreateAlert' });

export const updateAlertSchema = z
  .strictObject({
    condition: conditionTextSchema.optional(),
    frequency: frequencySchema.optional(),
    cooldown: cooldownInputSchema.optional(),
    expiresAt: momentInputSchema.nullable().optional(),
    session: sessionRuleSchema.optional(),
    gap: gapSchema.optional(),
    rearm: rearmInputSchema.optional(),
    remindEvery: remindSchema.optional(),
    bar: barSchema.optional(),
    severity: severitySchema.optional(),
    message: messageSchema.optional(),
    channels: channelIdsSchema.optional(),
    paused: z.boolean().optional().describe('true pauses it; false arms it anew, also one that is done or expired.'),
  })
  .meta({ id: 'UpdateAlert' });

const memberCountsSchema = z
  .object({
    total: z.int(),
    ...{ arming: z.int(), armed: z.int(), cooling: z.int(), paused: z.int(), done: z.int(), expired: z.int() },
  })
  .meta({ id: 'MemberCounts' });

export const alertSchema = z
  .object({
    id: idSchema,
    symbol: symbolSchema.nullable().describe('What it watches; null for an alert over a watchlist.'),
    watchlist: z
      .object({ id: idSchema, name: z.string() })
      .nullable()
      .describe('The list whose members it watches; null for an alert on one instrument.'),
    members: memberCountsSchema.nullable().describe('How many members are in each state; null without a list.'),
    condition: z.string().describe('Canonical text.'),
    sentence: z.string(),
    frequency: frequencySchema,
    cooldown: z.string(),
    expiresAt: momentSchema.nullable(),
    session: sessionRuleSchema,
    gap: gapSchema,
    rearm: z.string().nullable().describe('How far the value must go back before it arms again.'),
    remindEvery: z.string().nullable(),
    bar: z.enum(BAR_SIZES).nullable().describe('The bar of one that fires once per bar.'),
    severity: severitySchema,
    message: z.string().nullable(),
    channels: z.array(idSchema),
    version: z.int(),
    status: alertStatusSchema.describe('Over a watchlist: what is foremost of its members; done when all are.'),
    epoch: z.int().describe('The number of the current arming; 0 until first armed, and over a watchlist.'),
    armedAt: momentSchema.nullable(),
    lastTriggeredAt: momentSchema.nullable(),
    createdAt: momentSchema,
    updatedAt: momentSchema,
    coverage: coverageSchema
      .nullable()
      .describe('How well its instrument is being watched right now; null over a watchlist: see its members.'),
    distance: distanceSchema.nullable().describe('How far the part that decides is from firing; null where unknown.'),
  })
  .meta({ id: 'Alert' });

export const alertQuerySchema = z.object({
  ...pageQueryShape,
  symbol: symbolInputSchema.optional().describe('On this instrument, or over a watchlist that has it.'),
  watchlist: idSchema.optional(),
  status: someOf(alertStatusSchema.options).optional().describe('Statuses, separated by commas.'),
  sort: z.enum(['createdAt', '-createdAt', 'symbol', '-lastTriggeredAt']).default('-createdAt'),
});

export const alertMemberSchema = z
  .object({
    symbol: symbolSchema,
    status: alertStatusSchema,
    epoch: z.int().describe('The number of its current arming.'),
    armedAt: momentSchema.nullable(),
    lastTriggeredAt: momentSchema.nullable(),
    coverage: coverageSchema,
    distance: distanceSchema.nullable(),
  })
  .meta({ id: 'AlertMember' });

export const alertMembersQuerySchema = z.object(pageQueryShape);

export const whyQuerySchema = z.object({
  symbol: symbolInputSchema.optional().describe('Of an alert over a watchlist: which of its members.'),
});

/** What holds an alert back, the first the most important. */
export const whyReasonSchema = z
  .enum([
    'arming',
    'paused',
    'done',
    'expired',
    'no-price',
    'held',
    'session-closed',
    'blind',
    'stale',
    'other-no-price',
    'other-stale',
    'cooling-down',
    'still-true',
    'not-back',
    'confirming',
    'following',
    'not-answered',
    'unknown',
    'not-met',
  ])
  .describe(
    'no-price: never seen. held: the newest price was put aside as doubtful. still-true: not false since it fired. ' +
      'other-no-price, other-stale: of another instrument it looks at. ' +
      'not-back: false by now, but not gone back as far as `rearm` asks. ' +
      'confirming: its condition holds and has to go on so; see `waits`. ' +
      'following: one thing has happened and another has to follow; see `waits`. ' +
      'not-answered: the evaluator did not answer in time; what is shown is what is stored. ' +
      'unknown: a value is not known yet. not-met: not crossed, or not true.',
  );

export const waitSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('time'), since: momentSchema, until: momentSchema.describe('It fires then.') }),
    z.object({ kind: z.literal('ticks'), since: momentSchema, seen: z.int(), of: z.int() }),
    z.object({ kind: z.literal('close'), until: momentSchema.describe('Past before a new bar has begun.') }),
    z.object({
      kind: z.literal('then'),
      since: momentSchema.describe('When `first` was last true.'),
      until: momentSchema.describe('Until then `second` may follow.'),
      first: z.string(),
      second: z.string(),
    }),
  ])
  .meta({ id: 'Wait' })
  .describe(
    'Its condition holds since then and has to go on so, for a time, for as many ticks in a row or at the close of the ' +
      'bar; or the first of two things has happened.',
  );

const lastSeenSchema = z.object({ price: z.number(), at: momentSchema, source: z.string(), ageMs: z.int() }).nullable();

export const whySchema = z
  .object({
    alertId: idSchema,
    symbol: symbolSchema,
    status: alertStatusSchema,
    epoch: z.int(),
    armedAt: momentSchema.nullable(),
    lastSeen: lastSeenSchema.describe('The last value seen.'),
    others: z
      .array(z.object({ symbol: symbolSchema, lastSeen: lastSeenSchema, isStale: z.boolean() }))
      .describe('The other instruments it looks at; stale is what is too old to be judged.'),
    coverage: coverageSchema,
    session: z.object({ open: z.boolean(), until: momentSchema.nullable() }),
    cooldownUntil: momentSchema.nullable(),
    distance: distanceSchema.nullable().describe('The part that decides.'),
    distances: z.array(distanceSchema).describe('Every part, in the order of the text.'),
    reasons: z.array(whyReasonSchema),
    waits: z.array(waitSchema).describe('What it is in the middle of.'),
    explanation: z.string().describe('The first reason in a sentence.'),
    lastTrigger: triggerSchema.nullable(),
    deliveries: z.array(deliverySchema).describe('Who was told of the last trigger, and when.'),
  })
  .meta({ id: 'Why' });

export type CreateAlert = z.input<typeof createAlertSchema>;
export type UpdateAlert = z.input<typeof updateAlertSchema>;
export type AlertView = z.infer<typeof alertSchema>;
export type AlertMemberView = z.infer<typeof alertMemberSchema>;
export type WhyView = z.infer<typeof whySchema>;
