/**
 * Who is asking, and the account's own requests. A user without an account is anonymous: made by the first request that
 * needs one, known by a cookie, kept by signing up.
 */
import { z } from 'zod';
import { idSchema, momentInputSchema, momentSchema } from './scalar.ts';

export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 128;

const emailSchema = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$/,
  )
  .describe('An e-mail address.');
const passwordSchema = z.string().min(MIN_PASSWORD_LENGTH).max(MAX_PASSWORD_LENGTH);

export const userSchema = z
  .object({
    id: idSchema,
    anonymous: z.boolean(),
    email: z.string().nullable(),
    name: z.string().nullable(),
  })
  .meta({ id: 'User' });

export const sessionSchema = z
  .object({
    user: userSchema.nullable().describe('Null for a visitor who has made nothing yet.'),
    demo: z.boolean().describe('True where the prices are not of a real market; every page says so.'),
    marketTime: momentSchema.describe('The time prices are judged by: now, or the time a recording has come to.'),
    version: z.string(),
  })
  .meta({ id: 'Session' });

export const signUpSchema = z
  .strictObject({ email: emailSchema, password: passwordSchema, name: z.string().trim().min(1).max(100).optional() })
  .meta({ id: 'SignUp' });

export const signInSchema = z
  .strictObject({ email: emailSchema, password: z.string().min(1).max(MAX_PASSWORD_LENGTH) })
  .meta({ id: 'SignIn' });

export const signedInSchema = z
  .object({ user: userSchema, token: z.string().describe('For clients without cookies: `Authorization: Bearer`.') })
  .meta({ id: 'SignedIn' });

export const tokenSchema = z
  .object({ token: z.string().describe('A short-lived JWT; its keys are at /api/v1/session/jwks.') })
  .meta({ id: 'Token' });

export const jwksSchema = z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).meta({ id: 'Jwks' });

export const createApiKeySchema = z
  .strictObject({
    name: z.string().trim().min(1).max(64),
    expiresAt: momentInputSchema.nullable().default(null),
  })
  .meta({ id: 'CreateApiKey' });

export const apiKeySchema = z
  .object({
    id: idSchema,
    name: z.string(),
    start: z.string().describe('The first characters of the key, to tell keys apart.'),
    createdAt: momentSchema,
    expiresAt: momentSchema.nullable(),
    lastUsedAt: momentSchema.nullable(),
  })
  .meta({ id: 'ApiKey' });

export const createdApiKeySchema = apiKeySchema
  .extend({ key: z.string().describe('Shown this once; send it as `x-api-key`.') })
  .meta({ id: 'CreatedApiKey' });

export type UserView = z.infer<typeof userSchema>;
export type SessionView = z.infer<typeof sessionSchema>;
export type SignUp = z.input<typeof signUpSchema>;
export type SignIn = z.input<typeof signInSchema>;
export type SignedIn = z.infer<typeof signedInSchema>;
export type CreateApiKey = z.input<typeof createApiKeySchema>;
export type ApiKeyView = z.infer<typeof apiKeySchema>;
export type CreatedApiKey = z.infer<typeof createdApiKeySchema>;
