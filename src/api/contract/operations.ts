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

export type Readiness = z.infer<typeof readinessSchema>;
