/**
 * The web server as routes see it, and what every route answers besides its own.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemSchema } from '../contract/problem.ts';

export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

/** Every route may answer these. */
export const PROBLEMS = {
  '4xx': problem('Refused; see `code` and `errors`.'),
  '5xx': problem('Failed; see `retry`.'),
} as const;

export const NOTHING = z.undefined().describe('Done.');
