/**
 * Refuses texts that no database keeps: with a NUL character or half a surrogate pair.
 */
import type { FastifyInstance } from 'fastify';
import { Failure } from '#errors.ts';

/** The path of a text that cannot be kept, or undefined. */
export function brokenText(value: unknown, path = ''): string | undefined {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, part] of Object.entries(value)) {
    const found = brokenText(name, `${path}/${name}`) ?? brokenText(part, `${path}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function addTextCheck(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ body, query, params }) => {
    const field = brokenText(body) ?? brokenText(query) ?? brokenText(params);
    if (field === undefined) return;
    throw new Failure('bad-request', 'A text holds a character that cannot be stored.', {
      errors: [{ field, message: 'holds a NUL character or half a surrogate pair' }],
    });
  });
}
