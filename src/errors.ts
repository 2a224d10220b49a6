/**
 * The one table of everything that can go wrong in the world outside, and the value that says so.
 *
 * A bug is not here: it throws an ordinary Error and crashes the role. A refusal of domain code is a plain value.
 * Everything else is a {@link Failure} with a code from this table; `docs/errors.md` is generated from it.
 */
export interface FailureKind {
  /** HTTP status when a request ends in it. */
  readonly status: number;
  /** Whether the same thing may be tried again: at once, after a wait, or never. */
  readonly retry: 'now' | 'later' | 'never';
  readonly title: string;
  /** What the reader can do. */
  readonly advice: string;
}

export const FAILURES = {
  'bad-request': {
    status: 400,
    retry: 'never',
    title: 'The request is not well-formed',
    advice: 'See `errors` for the fields and what was expected.',
  },
  'bad-condition': {
    status: 422,
    retry: 'never',
    title: 'The condition cannot be understood',
    advice: 'See `errors`: each names the character and what was expected there.',
  },
  'not-signed-in': {
    status: 401,
    retry: 'never',
    title: 'This needs a user',
    advice: 'Sign in, or send an API key as `x-api-key` or a token as `Authorization: Bearer`.',
  },
  'not-allowed': { status: 403, retry: 'never', title: 'Not allowed', advice: 'The user or key may not do this.' },
  'not-found': { status: 404, retry: 'never', title: 'Not found', advice: 'It does not exist, or is not yours.' },
  // Not 404: what the address names is there. An instrument that the address names is `not-found`.
  'unknown-instrument': {
    status: 422,
    retry: 'never',
    title: 'Unknown instrument',
    advice: 'Search with `GET /api/v1/instruments?q=`, or push prices for it to `POST /api/v1/prices`.',
  },
  'method-not-allowed': {
    status: 405,
    retry: 'never',
    title: 'Method not allowed',
    advice: 'See `/docs` for what this address answers to.',
  },
  conflict: {
    status: 409,
    retry: 'never',
    title: 'In conflict with what is there',
    advice: 'Read the present state and decide anew.',
  },
  'idempotency-conflict': {
    status: 409,
    retry: 'never',
    title: 'The Idempotency-Key was used for another request',
    advice: 'Use a new key for a new request.',
  },
  'too-large': {
    status: 413,
    retry: 'never',
    title: 'The body is too large',
    advice: 'Send less at once; the limit is named in `detail`.',
  },
  'unsupported-media-type': {
    status: 415,
    retry: 'never',
    title: 'Unsupported media type',
    advice: 'Send `application/json`.',
  },
  'limit-reached': {
    status: 422,
    retry: 'never',
    title: 'A limit is reached',
    advice: 'Remove something, or raise the limit named in `detail`.',
  },
  'rate-limited': {
    status: 429,
    retry: 'later',
    title: 'Too many requests',
    advice: 'Wait as long as `Retry-After` says.',
  },
  overloaded: { status: 503, retry: 'later', title: 'Too busy', advice: 'Try again after `Retry-After` seconds.' },
  'not-ready': { status: 503, retry: 'later', title: 'Not ready yet', advice: 'Try again in a moment.' },
  'store-unavailable': {
    status: 503,
    retry: 'later',
    title: 'The store does not answer',
    advice: 'Nothing was lost; try again in a moment.',
  },
  'bus-unavailable': {
    status: 503,
    retry: 'later',
    title: 'The message broker does not answer',
    advice: 'Nothing was lost; try again in a moment.',
  },
  'source-unavailable': {
    status: 502,
    retry: 'later',
    title: 'A price source does not answer',
    advice: 'It is tried again by itself; see coverage.',
  },
  'channel-refused': {
    status: 502,
    retry: 'never',
    title: 'The far end refused the message',
    advice: 'Its own words are in `detail`; mend the channel and send again.',
  },
  'channel-unavailable': {
    status: 502,
    retry: 'later',
    title: 'The far end cannot be reached',
    advice: 'Its own words are in `detail`; it is tried again by itself.',
  },
  'unsafe-address': {
    status: 422,
    retry: 'never',
    title: 'The address is not allowed',
    advice: 'Webhooks may not reach private networks unless the operator allows it with WEBHOOK_ALLOW_PRIVATE.',
  },
  internal: {
    status: 500,
    retry: 'later',
    title: 'A mistake of ours',
    advice: 'It is in the log under the `instance` given here.',
  },
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof FAILURES;

/** One thing that is wrong with one field of a request. */
export interface FieldProblem {
  /** JSON pointer into the body, or the name of a query parameter. */
  readonly field: string;
  readonly message: string;
  readonly expected?: readonly string[];
  /** 0-based offset into the field's text, where it is a text with a grammar. */
  readonly at?: number;
  readonly length?: number;
}

export class Failure extends Error {
  readonly code: FailureCode;
  readonly errors: readonly FieldProblem[];
  /** Not before this many ms from now, where the far end said so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: FailureCode,
    detail: string,
    more: { errors?: readonly FieldProblem[]; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'Failure';
    this.code = code;
    this.errors = more.errors ?? [];
    this.retryAfterMs = more.retryAfterMs;
  }

  get kind(): FailureKind {
    return FAILURES[this.code];
  }
}
