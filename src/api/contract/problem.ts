/**
 * Every error of the API: problem+json (RFC 9457), with the code of `src/errors.ts`.
 */
import { z } from 'zod';

export const problemSchema = z
  .object({
    type: z.string().describe('Address of the explanation of this code.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().describe('The id under which this request is in the log.'),
    code: z.string().describe('A code of docs/errors.md; stable.'),
    retry: z.enum(['now', 'later', 'never']),
    advice: z.string(),
    errors: z
      .array(
        z.object({
          field: z.string().describe('JSON pointer into the body, or the name of a query parameter.'),
          message: z.string(),
          expected: z.array(z.string()).optional(),
          at: z.int().optional().describe('0-based offset into the text of the field.'),
          length: z.int().optional(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problemSchema>;
