/**
 * Channels: the ways a user is told. Secret settings go in and never come out again, save those the server made up,
 * which the answer to their creation shows once.
 */
import { z } from 'zod';
import { outcomeSchema } from './delivery.ts';
import { idSchema, momentSchema } from './scalar.ts';

const settingsSchema = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,40}$/), z.string().max(4000))
  .refine((settings) => Object.keys(settings).length <= 30, 'at most 30 settings');
const nameSchema = z.string().trim().min(1).max(100);
const fallbackOrderSchema = z.int().min(0).max(1000).nullable();

export const channelKindSchema = z
  .object({
    kind: z.string(),
    fields: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        secret: z.boolean(),
        required: z.boolean(),
        example: z.string(),
      }),
    ),
  })
  .meta({ id: 'ChannelKind' });

export const createChannelSchema = z
  .strictObject({
    kind: z.string().min(1).max(40),
    name: nameSchema,
    settings: settingsSchema.default({}),
    enabled: z.boolean().default(true),
    fallbackOrder: fallbackOrderSchema.default(null),
  })
  .meta({ id: 'CreateChannel' });

export const updateChannelSchema = z
  .strictObject({
    name: nameSchema.optional(),
    settings: settingsSchema.optional().describe('Only those to be changed; secret ones not named stay.'),
    enabled: z.boolean().optional(),
    fallbackOrder: fallbackOrderSchema.optional(),
  })
  .meta({ id: 'UpdateChannel' });

export const channelSchema = z
  .object({
    id: idSchema,
    kind: z.string(),
    name: z.string(),
    settings: z.record(z.string(), z.string()).describe('Without the secret ones.'),
    secretsSet: z.array(z.string()).describe('Names of the secret settings that are set.'),
    enabled: z.boolean(),
    fallbackOrder: fallbackOrderSchema.describe('Stands in for a dead channel, lowest first; null: never.'),
    lastResult: z
      .object({ at: momentSchema, outcome: outcomeSchema, code: z.int().nullable(), detail: z.string() })
      .nullable(),
    createdAt: momentSchema,
  })
  .meta({ id: 'Channel' });

export const createdChannelSchema = channelSchema
  .extend({
    generated: z.record(z.string(), z.string()).describe('Secrets the server made, such as a signing key: shown once.'),
  })
  .meta({ id: 'CreatedChannel' });

export const testResultSchema = z
  .object({
    outcome: outcomeSchema,
    code: z.int().nullable().describe('HTTP status or SMTP reply code, null where it never came to one.'),
    detail: z.string().describe("The far end's own words."),
    durationMs: z.number(),
  })
  .meta({ id: 'TestResult' });

export type ChannelKindView = z.infer<typeof channelKindSchema>;
export type CreateChannel = z.input<typeof createChannelSchema>;
export type UpdateChannel = z.input<typeof updateChannelSchema>;
export type ChannelView = z.infer<typeof channelSchema>;
export type CreatedChannel = z.infer<typeof createdChannelSchema>;
export type TestResult = z.infer<typeof testResultSchema>;
