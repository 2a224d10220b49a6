/**
 * How the program itself is doing, for machines that watch it.
 */
import { z } from 'zod';

export const healthSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'not-ready']),
    parts: z.array(z.object({ name: z.string(), problem: z.string().nullable() })),
  })
  .meta({ id: 'Readiness' });

export const statusSchema = z
  .object({
    version: z.string(),
    streams: z.number().int().describe('Live streams this gateway holds.'),
    shared: z.object({
      isShared: z.boolean().describe('Limits are counted over all gateways; else by this one alone.'),
      problem: z.string().nullable().describe('Why not.'),
      gateways: z.number().int().nullable(),
      streams: z.number().int().nullable().describe('Live streams of all gateways, as of some seconds ago.'),
    }),
  })
  .meta({ id: 'Status' });

export type Readiness = z.infer<typeof readinessSchema>;
